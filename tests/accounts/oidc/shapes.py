"""What five providers send, by their documentation (docs/providers): shapes with invented values.

Entra ID: ID token claims reference and optional claims reference, learn.microsoft.com/entra/identity-platform.
Okta: developer.okta.com, "Customize tokens with a groups claim" (a thin ID token beside an access token).
Keycloak: server administration guide, OIDC clients. authentik: docs.goauthentik.io, OAuth2 provider.
Auth0: auth0.com/docs, ID token structure and custom claims.
"""

from dataclasses import dataclass, field
from typing import Any

GROUP_ID = "6e7c2f1d-6b3f-4e07-9f0a-0d5f9a3c1b22"
ALICE = {"name": "Alice Example", "email": "alice@example.com"}


@dataclass(frozen=True)
class Shape:
    """``page`` holds the table for the file; ``claims`` of None are not sent. ``group`` is what a mapping names."""

    page: str
    claims: dict[str, Any]
    group: str
    block: int = 0
    userinfo: dict[str, Any] | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    takes_basic: bool = False
    other_keys: tuple[dict[str, Any], ...] = ()


ENTRA = Shape(
    page="entra-id",
    claims={
        **ALICE,
        **dict.fromkeys(("azp", "at_hash", "acr", "jti", "typ")),
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
        "tid": "11111111-2222-3333-4444-555555555555",
        "preferred_username": "alice@example.com",
        "sid": "5c6cd1a9-3c71-4ee4-8e8b-0f3f8c2c9a10",
        "idp": "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
        "groups": [GROUP_ID],
        "rh": "0.AVgAV4CArXP...",
        "uti": "fqiBqXLPj0eQa82S-IYFAA",
        "aio": "Df2UVXL1ix",
        "ver": "2.0",
    },
    group=GROUP_ID,
    userinfo={"sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "email": "alice@example.com"},
    discovery={
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "subject_types_supported": ["pairwise"],
        "frontchannel_logout_supported": True,
    },
)

OKTA = Shape(
    page="okta",
    claims={
        **dict.fromkeys(("azp", "acr", "typ")),
        "sub": "00u1a2b3c4D5E6F7g8h9",
        "ver": 1,
        "jti": "ID.ewMNfSvcpuqyS93OgVeCN3F2LseqROkyYjz7DNb9yhs",
        "amr": ["pwd", "mfa"],
        "idp": "00oixa26ycdNcX0VT0h7",
        "auth_time": 1_574_201_433,
    },
    userinfo={
        **ALICE,
        "sub": "00u1a2b3c4D5E6F7g8h9",
        "email_verified": True,
        "preferred_username": "alice@example.com",
        "zoneinfo": "America/Los_Angeles",
        "updated_at": 1_574_201_433,
        "groups": ["AWS-Prod-Admin"],
    },
    group="AWS-Prod-Admin",
    discovery={"token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"]},
    takes_basic=True,
)

OKTA_CUSTOM = Shape(
    page="okta",
    block=1,
    claims={**OKTA.claims, "groups": ["AWS-Prod-Admin"]},
    userinfo={name: value for name, value in (OKTA.userinfo or {}).items() if name != "groups"},
    group="AWS-Prod-Admin",
    discovery=OKTA.discovery,
    takes_basic=True,
)

KEYCLOAK = Shape(
    page="keycloak",
    claims={
        **ALICE,
        "sub": "f3a1b0c2-8c55-4f4e-9a63-0a4b6c1d2e3f",
        "jti": "onrtac:6ffbbd5f-3b1c-4f57-a9ab-27b5b1d9d9b5",
        "auth_time": 1_790_000_000,
        "sid": "1f3f5c7e-9a63-4b57-8c55-6ffbbd5f3b1c",
        "email_verified": True,
        "preferred_username": "alice",
        "given_name": "Alice",
        "family_name": "Example",
        "groups": ["/AWS/Prod-Admin"],
    },
    userinfo={**ALICE, "sub": "f3a1b0c2-8c55-4f4e-9a63-0a4b6c1d2e3f", "email_verified": True},
    group="/AWS/Prod-Admin",
    discovery={
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
    },
    other_keys=({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "two", "n": "AQAB", "e": "AQAB"},),
)

AUTHENTIK = Shape(
    page="authentik",
    claims={
        **ALICE,
        "sub": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "acr": "goauthentik.io/providers/oauth2/default",
        "amr": ["pwd"],
        "auth_time": 1_790_000_000,
        "sid": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        "uid": "SkCoe6QGRRUtVVUyHFLc3RlStSmjfTbC4wi0Xsdc",
        "email_verified": False,
        "given_name": "Alice Example",
        "preferred_username": "alice",
        "nickname": "alice",
        "groups": ["AWS-Prod-Admin", "authentik Admins"],
    },
    userinfo={**ALICE, "sub": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
    group="AWS-Prod-Admin",
    discovery={"token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]},
)

AUTH0 = Shape(
    page="auth0",
    claims={
        **ALICE,
        **dict.fromkeys(("azp", "at_hash", "acr", "jti", "typ")),
        "sub": "auth0|6473f2a1c09e5b0012d4e8aa",
        "sid": "nGPbtrVN7CQ2kU9eXW_0Q8Z1yH4sT5aB",
        "nickname": "alice",
        "picture": "https://s.gravatar.com/avatar/1.png",
        "updated_at": "2026-11-20T08:31:15.024Z",
        "email_verified": True,
        "https://daypass.example.com/groups": ["AWS-Prod-Admin"],
    },
    userinfo={**ALICE, "sub": "auth0|6473f2a1c09e5b0012d4e8aa", "email_verified": True},
    group="AWS-Prod-Admin",
    discovery={
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
    },
)

SHAPES = {
    "entra": ENTRA,
    "okta": OKTA,
    "okta-custom": OKTA_CUSTOM,
    "keycloak": KEYCLOAK,
    "authentik": AUTHENTIK,
    "auth0": AUTH0,
}
