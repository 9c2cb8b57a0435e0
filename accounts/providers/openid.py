"""Read a provider of OpenID Connect: Google, AD FS, or any other by its discovery document."""

from typing import Any

from accounts.providers import google_groups
from accounts.providers.declared import GOOGLE_ISSUER, Kind, OpenIdProvider
from accounts.providers.table import Table, common, domains, is_address, secret

ALGORITHMS = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"}
AUTH_METHODS = {"client_secret_post", "client_secret_basic"}
CALLED = {"google_groups": "groups", "ca_certificates": "ca_file"}  # keys of the file that have another name here
EMAIL_REMEDY = (
    "Write email_trusted = true if your directory alone decides what stands in the other one, and nobody can choose it "
    "for themselves; else leave email_claim out."
)
AUTH_PARAMS = {
    *("access_type", "acr_values", "domain_hint", "hd", "include_granted_scopes", "login_hint", "max_age"),
    *("prompt", "resource", "ui_locales"),
}


def read(table: Table, kind: Kind) -> OpenIdProvider:
    values = common(table, kind) | {
        "issuer": _issuer(table, GOOGLE_ISSUER if kind is Kind.GOOGLE else None),
        "client_id": table.text("client_id"),
        "client_secret": secret(table, "client_secret"),
        "scopes": tuple(_scopes(table, kind)),
        "fetch_userinfo": table.flag("fetch_userinfo", default=kind is not Kind.ADFS),
        "can_reauthenticate": table.flag("can_reauthenticate", default=kind is not Kind.GOOGLE),
        "algorithms": tuple(_chosen(table, "algorithms", ALGORITHMS, _usual_algorithms(kind))),
        "token_auth_method": table.optional("token_auth_method", lambda key: _auth_method(table, key), ""),
    }
    values |= _by_kind(table, kind, values)
    named = {CALLED.get(name, name) for name in values}
    table.finish(", ".join(sorted({"kind", "client_secret_file", *named} - {"slug"})))
    return OpenIdProvider(**values)


def _by_kind(table: Table, kind: Kind, common: dict[str, Any]) -> dict[str, Any]:
    """Return what the kinds differ in: Google is asked for groups, AD FS's directory is its own word for an address."""
    params = table.optional("auth_params", lambda key: _auth_params(table, key), None)
    if kind is Kind.GOOGLE:
        if common["email_claim"] != "email":
            table.refuse("email_claim", "leave it out: Google vouches for the claim email alone.")
        hosted = frozenset(table.optional("hosted_domains", lambda key: domains(table, key), common["domains"]))
        hint = {"hd": next(iter(hosted))} if len(hosted) == 1 else {}
        offline = {"access_type": "offline", "prompt": "consent", **hint}
        sent = {"auth_params": tuple((offline if params is None else params).items())}
        return {"hosted_domains": hosted, "google_groups": google_groups.read(table, common["ca_certificates"]), **sent}
    groups = {"groups_claim": table.optional("groups_claim", table.text, "group" if kind is Kind.ADFS else "")}
    trusted = kind is Kind.ADFS or table.flag("email_trusted", default=False)
    if not trusted and common["email_claim"] != "email":
        table.refuse("email_claim", f"email_verified vouches for the claim email alone. {EMAIL_REMEDY}")
    return {**groups, "email_trusted": trusted, "auth_params": tuple((params or {}).items())}


def _issuer(table: Table, default: str | None) -> str:
    value = table.text("issuer", default)
    if not is_address(table, value):
        table.refuse("issuer", "write its https address exactly as the provider's discovery document does.")
    return value


def _scopes(table: Table, kind: Kind) -> list[str]:
    usual = ["openid", "allatclaims"] if kind is Kind.ADFS else ["openid", "email", "profile"]
    values = table.texts("scopes", usual)
    if "openid" not in values or any(" " in value for value in values):
        table.refuse("scopes", 'write one scope each, "openid" among them.')
    return values


def _chosen(table: Table, key: str, allowed: set[str], default: list[str]) -> list[str]:
    values = table.texts(key, default)
    if not set(values) <= allowed:
        table.refuse(key, f"choose from {', '.join(sorted(allowed))}.")
    return values


def _usual_algorithms(kind: Kind) -> list[str]:
    """Google and AD FS sign with RSA; of other providers the newer ones sign with an elliptic curve."""
    return ["RS256", "ES256"] if kind is Kind.OIDC else ["RS256"]


def _auth_method(table: Table, key: str) -> str:
    value = table.text(key)
    if value not in AUTH_METHODS:
        table.refuse(key, f"choose {' or '.join(sorted(AUTH_METHODS))}.")
    return value


def _auth_params(table: Table, key: str) -> dict[str, str]:
    value = table.values.pop(key)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        table.refuse(key, 'write a table of texts, such as { resource = "urn:daypass" }.')
    if not set(value) <= AUTH_PARAMS:
        table.refuse(key, f"only these may be sent: {', '.join(sorted(AUTH_PARAMS))}.")
    return dict(value)
