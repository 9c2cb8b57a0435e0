"""The shape of Google: `hd`, `email_verified`, no groups, offline access on request, no end-session endpoint.

Source: Google's "OpenID Connect" page and its discovery document.
"""

from typing import Any

from demo.idp.people import Person
from demo.idp.vault import Consent


class Google:
    slug = "google"
    title = "Google"
    client_id = "daypass-google.apps.example"
    other_client_id = "somebody-else.apps.example"
    authorize: tuple[str, ...] = ("/o/oauth2/v2/auth",)
    token: tuple[str, ...] = ("/token",)
    userinfo = "/v1/userinfo"
    jwks = "/oauth2/v3/certs"
    revoke = "/revoke"
    scopes = frozenset({"openid", "email", "profile"})
    refresh_seconds = 180 * 24 * 3600

    def discovery(self, issuer: str) -> dict[str, Any]:
        return {
            "issuer": issuer,
            "authorization_endpoint": issuer + self.authorize[0],
            "token_endpoint": issuer + self.token[0],
            "userinfo_endpoint": issuer + self.userinfo,
            "revocation_endpoint": issuer + self.revoke,
            "jwks_uri": issuer + self.jwks,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        }

    def published_keys(self, jwks: dict[str, Any]) -> dict[str, Any]:
        """Google publishes bare keys, without certificates."""
        hidden = {"x5t", "x5c"}
        keys = [{name: key[name] for name in key if name not in hidden} for key in jwks["keys"]]
        return {"keys": keys}

    def check_resource(self, _resource: str) -> bool:
        return True

    def gives_refresh_token(self, consent: Consent) -> bool:
        return consent.offline

    def id_claims(self, person: Person, consent: Consent) -> dict[str, Any]:
        presence = {"auth_time": consent.auth_time} if consent.wants_auth_time else {}
        return {"azp": consent.client_id, **presence, **self._about(person, consent)}

    def userinfo_claims(self, person: Person, consent: Consent) -> dict[str, Any]:
        return self._about(person, consent)

    def token_extras(self, consent: Consent) -> dict[str, Any]:
        return {"scope": consent.scope}

    def _about(self, person: Person, consent: Consent) -> dict[str, Any]:
        claims: dict[str, Any] = {"sub": person.google_sub}
        if person.hd:
            claims["hd"] = person.hd
        if "email" in consent.scopes:
            claims |= {"email": person.email, "email_verified": person.email_verified}
        if "profile" in consent.scopes:
            claims |= {"name": person.name, "given_name": person.given_name}
            claims["family_name"] = person.family_name
        return claims
