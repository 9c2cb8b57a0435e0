"""What an identity provider is declared to be: what it may assert, and what its answers must look like."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal

from accounts.google_groups.declared import GoogleGroups

GOOGLE_ISSUER = "https://accounts.google.com"

TokenAuthMethod = Literal["", "client_secret_post", "client_secret_basic"]


class Kind(StrEnum):
    """The shape of a provider: which claims it has, and which of them are to be believed."""

    GOOGLE = "google"
    ADFS = "adfs"
    OIDC = "oidc"
    SAML = "saml"
    FACEBOOK = "facebook"
    AMAZON = "amazon"


class ScimMatch(StrEnum):
    """What a user that a directory pushes has in common with a sign-in of the same person."""

    SUBJECT = "subject"
    OID = "oid"
    EMAIL = "email"
    UPN = "upn"


class GroupsCase(StrEnum):
    """Whether a mapping names a group that differs in the case of its letters (A to Z) alone."""

    EXACT = "exact"
    INSENSITIVE = "insensitive"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One identity provider. ``domains`` are those it speaks for: addresses elsewhere give no rights.

    ``hosted_domains`` are Google's: an account outside them does not come in. ``can_reauthenticate`` tells whether
    it can be told to ask for credentials again and says when it did. ``scim_token`` holds the bearer tokens with which
    its directory may push, none if it has no business here; ``groups_from`` is "token" or "scim".
    ``ca_certificates`` is PEM of authorities that this provider's servers are trusted by, beside the public ones.
    """

    login_view: ClassVar[str]  # the name of the address that the sign-in page's button posts to

    slug: str
    kind: Kind
    name: str
    domains: frozenset[str]
    hosted_domains: frozenset[str] = frozenset()
    groups_claim: str = ""
    groups_case: GroupsCase = GroupsCase.EXACT
    email_claim: str = "email"
    email_optional: bool = False
    email_trusted: bool = False
    can_reauthenticate: bool = False
    extra_form_origins: tuple[str, ...] = ()
    ca_certificates: str = field(default="", repr=False)
    groups_from: str = "token"
    scim_token: tuple[str, ...] = field(default=(), repr=False)
    scim_match: ScimMatch = ScimMatch.SUBJECT
    scim_required: bool = False

    @property
    def web_identity_provider(self) -> str:
        """Return AWS's ProviderId where its token is no ID token (STS API reference, AssumeRoleWithWebIdentity)."""
        return ""

    @property
    def tells_groups(self) -> bool:
        """Tell whether anybody can hold a group of it."""
        return self.groups_from == "scim" or bool(self.groups_claim)

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the addresses whose origins the sign-in form may lead to."""
        return self.extra_form_origins


@dataclass(frozen=True, kw_only=True)
class OpenIdProvider(Provider):
    """A provider that speaks OpenID Connect, by the code flow."""

    login_view: ClassVar[str] = "openid_connect_login"

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    auth_params: tuple[tuple[str, str], ...] = ()
    fetch_userinfo: bool = True
    algorithms: tuple[str, ...] = ("RS256",)
    token_auth_method: TokenAuthMethod = ""
    google_groups: GoogleGroups | None = None

    @property
    def tells_groups(self) -> bool:
        """Tell whether anybody can hold a group of it."""
        return self.google_groups is not None or super().tells_groups

    @property
    def issuers(self) -> tuple[str, ...]:
        """Return the values of ``iss`` to accept, exactly; Google documents two for itself."""
        both = (self.issuer, GOOGLE_ISSUER.removeprefix("https://"))
        return both if self.issuer == GOOGLE_ISSUER else (self.issuer,)

    @property
    def origins(self) -> tuple[str, ...]:
        return (self.issuer, *self.extra_form_origins)


@dataclass(frozen=True, kw_only=True)
class SamlProvider(Provider):
    """A provider that speaks SAML 2.0, by Redirect one way and POST the other.

    ``entity_id`` is the provider's own, ``sp_entity_id`` ours ("" for the address of our metadata). ``uid_claim`` is ""
    where the NameID says who somebody is. Certificates and keys are PEM; ``next_sp_certificate`` is published before
    it is used, ``previous_sp_private_key`` decrypts after its certificate is published no more.
    """

    login_view: ClassVar[str] = "saml_login"

    entity_id: str
    metadata_url: str = ""
    metadata_file: str = ""
    plain_http_on_loopback: bool = False
    sp_entity_id: str = ""
    uid_claim: str = ""
    name_claim: str = ""
    given_name_claim: str = ""
    family_name_claim: str = ""
    name_id_format: str = ""
    sp_certificate: str = ""
    sp_private_key: str = field(default="", repr=False)
    next_sp_certificate: str = ""
    previous_sp_private_key: str = field(default="", repr=False)
    sign_requests: bool = False
    encrypt_assertions: bool = False

    @property
    def origins(self) -> tuple[str, ...]:
        return (*filter(None, [self.metadata_url]), *self.extra_form_origins)


@dataclass(frozen=True, kw_only=True)
class SocialProvider(Provider):
    """Facebook or Amazon: OAuth 2.0 whose access token AWS takes for web identity, checked by asking the provider.

    ``check_url`` says what a token is worth and for whom it was made, ``profile_url`` who it speaks of.
    """

    login_view: ClassVar[str] = "social_login"

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    check_url: str
    profile_url: str
    scopes: tuple[str, ...]

    @property
    def web_identity_provider(self) -> str:
        return {Kind.FACEBOOK: "graph.facebook.com", Kind.AMAZON: "www.amazon.com"}[self.kind]

    @property
    def origins(self) -> tuple[str, ...]:
        return (self.authorize_url, *self.extra_form_origins)
