"""The shape of ADFS: issuer with a path, claims by rules in the ID token, `userinfo` with only `sub`.

A request without `resource` gets the bare token: no e-mail, no names, no groups. The issuance rules apply
with the scope `allatclaims` and a `resource` that names the registered Web API. Sources: Microsoft's
"Custom ID Tokens in AD FS" and "AD FS OpenID Connect/OAuth flows".
"""

from typing import Any

from demo.idp.people import Person
from demo.idp.vault import Consent

USERINFO_RESOURCE = "urn:microsoft:userinfo"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105  # a method's name


class Adfs:
    slug = "adfs"
    title = "ADFS"
    client_id = "8d3f2b0e-5a41-4b7a-9c55-0d6c1f7e2a90"
    other_client_id = "1c0ffee0-0000-4000-8000-0000000000ff"
    web_api = "urn:daypass:portal"
    authorize: tuple[str, ...] = ("/oauth2/authorize/", "/oauth2/authorize")
    token: tuple[str, ...] = ("/oauth2/token/", "/oauth2/token")
    userinfo = "/userinfo"
    jwks = "/discovery/keys"
    logout = "/oauth2/logout"
    scopes = frozenset({"openid", "profile", "email", "allatclaims", "user_impersonation", "aza"})
    refresh_seconds = 8 * 3600

    def discovery(self, issuer: str) -> dict[str, Any]:
        return {
            "issuer": issuer,
            "authorization_endpoint": issuer + self.authorize[0],
            "token_endpoint": issuer + self.token[0],
            "jwks_uri": issuer + self.jwks,
            "userinfo_endpoint": issuer + self.userinfo,
            "end_session_endpoint": issuer + self.logout,
            "access_token_issuer": issuer + "/services/trust",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["pairwise"],
            "scopes_supported": sorted(self.scopes),
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "microsoft_multi_refresh_token": True,
        }

    def published_keys(self, jwks: dict[str, Any]) -> dict[str, Any]:
        return jwks

    def check_resource(self, resource: str) -> bool:
        return resource in {"", USERINFO_RESOURCE, self.web_api, self.client_id}

    def gives_refresh_token(self, _consent: Consent) -> bool:
        return True

    def id_claims(self, person: Person, consent: Consent) -> dict[str, Any]:
        claims = self._bare(person, consent)
        if "allatclaims" in consent.scopes and consent.resource in {self.web_api, self.client_id}:
            claims |= self._by_rules(person, consent)
        return claims

    def userinfo_claims(self, person: Person, consent: Consent) -> dict[str, Any] | None:
        """Only `sub`, and only for tokens of the default resource (None is answered with 401)."""
        if consent.resource not in {"", USERINFO_RESOURCE}:
            return None
        return {"sub": person.adfs_sub(consent.client_id)}

    def token_extras(self, consent: Consent) -> dict[str, Any]:
        extras: dict[str, Any] = {"resource": consent.resource or USERINFO_RESOURCE}
        return {**extras, "scope": consent.scope, "refresh_token_expires_in": self.refresh_seconds - 1}

    def _bare(self, person: Person, consent: Consent) -> dict[str, Any]:
        return {
            "auth_time": consent.auth_time,
            "sub": person.adfs_sub(consent.client_id),
            "upn": person.upn,
            "unique_name": person.unique_name,
            "sid": person.sid,
            "pwd_exp": "2419200",
        }

    def _by_rules(self, person: Person, consent: Consent) -> dict[str, Any]:
        protocol = {"appid": consent.client_id, "apptype": "Confidential", "ver": "1.0"}
        about = {"email": person.email, "given_name": person.given_name, "family_name": person.family_name}
        named = {name: value for name, value in about.items() if value}
        return {**protocol, "scp": consent.scope, "authmethod": PASSWORD, **named, **_groups(person)}


def _groups(person: Person) -> dict[str, Any]:
    """Several groups are a list, exactly one is a plain string, none leaves the claim out."""
    if not person.groups:
        return {}
    return {"group": person.groups[0] if len(person.groups) == 1 else list(person.groups)}
