"""What an identity provider is declared to be: what it may assert, and what its answers must look like."""

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
    """One identity provider. ``domains`` are those it speaks for: addresses elsewhere give no rights.

    ``hosted_domains`` are Google's: an account outside them does not come in. ``can_reauthenticate`` tells whether
    it can be told to ask for credentials again and says when it did.
    """

    slug: str
    kind: Kind
    name: str
    domains: frozenset[str]
    hosted_domains: frozenset[str] = frozenset()
    groups_claim: str = ""
    email_claim: str = "email"
    email_optional: bool = False
    email_trusted: bool = False
    can_reauthenticate: bool = False
    extra_form_origins: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the addresses whose origins the sign-in form may lead to."""
        return self.extra_form_origins


@dataclass(frozen=True, kw_only=True)
class OpenIdProvider(Provider):
    """A provider that speaks OpenID Connect, by the code flow."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    auth_params: tuple[tuple[str, str], ...] = ()
    fetch_userinfo: bool = True
    algorithms: tuple[str, ...] = ("RS256",)
    token_auth_method: TokenAuthMethod = ""

    @property
    def issuers(self) -> tuple[str, ...]:
        """Return the values of ``iss`` to accept, exactly; Google documents two for itself."""
        both = (self.issuer, GOOGLE_ISSUER.removeprefix("https://"))
        return both if self.issuer == GOOGLE_ISSUER else (self.issuer,)

    @property
    def origins(self) -> tuple[str, ...]:
        return (self.issuer, *self.extra_form_origins)
