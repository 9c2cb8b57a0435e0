"""What an identity provider is declared to be: what it may assert, and what its tokens must look like."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

GOOGLE_ISSUER = "https://accounts.google.com"

TokenAuthMethod = Literal["", "client_secret_post", "client_secret_basic"]


class Kind(StrEnum):
    """The shape of a provider: which claims it has, and which of them are to be believed."""

    GOOGLE = "google"
    ADFS = "adfs"
    OIDC = "oidc"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One OpenID provider. ``domains`` are those it speaks for: addresses elsewhere give no rights."""

    slug: str
    kind: Kind
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: frozenset[str]
    hosted_domains: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    auth_params: tuple[tuple[str, str], ...] = ()
    groups_claim: str = ""
    email_claim: str = "email"
    email_optional: bool = False
    email_trusted: bool = False
    fetch_userinfo: bool = True
    algorithms: tuple[str, ...] = ("RS256",)
    token_auth_method: TokenAuthMethod = ""
    extra_form_origins: tuple[str, ...] = ()

    @property
    def issuers(self) -> tuple[str, ...]:
        """Return the values of ``iss`` to accept, exactly; Google documents two for itself."""
        both = (self.issuer, GOOGLE_ISSUER.removeprefix("https://"))
        return both if self.issuer == GOOGLE_ISSUER else (self.issuer,)
