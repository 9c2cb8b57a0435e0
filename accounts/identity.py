"""The identity that a provider asserted in one sign-in or refresh, computed from verified claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.groups import groups_for, kept
from accounts.labels import without_at
from accounts.principals import address_of, hosted, personal
from accounts.providers.declared import Kind, Provider
from accounts.refusals import Reason, SignInRefused
from portal.texts import is_line
from portal.times import moment

# Claims that help people and administrators to recognise somebody; none gives a right by itself.
SHOWN = ("name", "given_name", "family_name", "email", "email_verified", "hd", "upn", "unique_name", "acr", "app_id")
# Claims by which a directory's user is told to be somebody who signs in (accounts.scim.matching).
FOUND_BY = ("oid", "preferred_username")
LONGEST = 256
CLOCKS = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a provider says somebody is. ``email`` is empty unless this provider may assert it.

    ``asserted`` is everything that it said, and ``groups`` are all groups as it spells them. They are for looking at
    (accounts.trial) and are kept nowhere; among ``principals`` are those groups alone that a mapping names.
    """

    provider: str
    subject: str
    email: str
    name: str
    principals: list[str]
    claims: dict[str, Any]
    asserted: dict[str, Any] = field(default_factory=dict, repr=False)
    authenticated_at: datetime
    authentication_asserted: bool = False
    groups: tuple[str, ...] = ()
    groups_problem: str = ""
    groups_detail: str = ""
    provider_session: str = ""
    name_id: dict[str, str] = field(default_factory=dict)
    web_identity_token: str = field(default="", repr=False)
    web_identity_token_expires_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)

    @property
    def groups_told(self) -> dict[str, Any]:
        """Return what the ledger keeps of the groups: how many there were, and why they give no rights."""
        problem = {"groups_problem": self.groups_problem, "groups_detail": self.groups_detail}
        return {"groups": len(self.groups), **(problem if self.groups_problem else {})}


def identity_of(
    provider: Provider,
    claims: Mapping[str, Any],
    *,
    now: datetime,
    name_id: dict[str, str] | None = None,
    web_identity_token: str = "",
    web_identity_token_expires_at: datetime | None = None,
    refresh_token: str = "",
) -> Identity:
    """Return the identity; ``claims`` are verified and named as OpenID Connect names them: sub, sid, auth_time.

    Raise SignInRefused when the person is none of this portal's. Google lets any account of the world pass its page,
    so there an account outside the hosted domains is refused rather than let in without rights.
    """
    check_ours(provider, claims)
    asserted, address = auth_time(claims, now), address_of(provider, claims)
    groups = groups_for(provider, claims, address=address)
    return Identity(
        provider=provider.slug,
        subject=claims["sub"],
        email=address,
        name=name_of(claims),
        principals=sorted({*personal(provider, claims), *kept(provider, groups)}),
        groups=groups.names,
        groups_problem=groups.problem,
        groups_detail=groups.detail,
        claims={key: claims[key] for key in kept_of(provider) if key in claims and is_plain(claims[key])},
        asserted=dict(claims),
        authenticated_at=asserted or now,
        authentication_asserted=asserted is not None,
        provider_session=session_of(claims),
        name_id=name_id or {},
        web_identity_token=web_identity_token,
        web_identity_token_expires_at=web_identity_token_expires_at,
        refresh_token=refresh_token,
    )


def check_ours(provider: Provider, claims: Mapping[str, Any]) -> None:
    """Raise SignInRefused for an account outside the hosted domains, or without the address that must be there."""
    if provider.kind is Kind.GOOGLE and not hosted(provider, claims):
        raise SignInRefused(Reason.DOMAIN, "hd is not a hosted domain", subject=claims["sub"])
    if not provider.email_optional and not has_address(provider, claims):
        raise SignInRefused(Reason.EMAIL, f"no {provider.email_claim} claim", subject=claims["sub"])


def kept_of(provider: Provider) -> dict[str, None]:
    """Return the names of the claims that are kept with a sign-in, each once."""
    return dict.fromkeys((*SHOWN, *FOUND_BY, provider.email_claim))


def has_address(provider: Provider, claims: Mapping[str, Any]) -> bool:
    value = claims.get(provider.email_claim)
    return isinstance(value, str) and "@" in value


def name_of(claims: Mapping[str, Any]) -> str:
    """Return the person's name as asserted, cut, without an at sign and what no line may hold; "" if there is none."""
    parts = [claims.get("name")] if isinstance(claims.get("name"), str) else []
    parts = parts or [claims.get("given_name"), claims.get("family_name")]
    joined = " ".join(part for part in parts if isinstance(part, str))
    return without_at(joined)[:200]


def is_plain(value: object) -> bool:
    """Tell whether a claim can be kept: a database takes neither NUL nor half of a surrogate pair, nor do pages."""
    return isinstance(value, bool) or (isinstance(value, str) and len(value) <= LONGEST and is_line(value))


def session_of(claims: Mapping[str, Any]) -> str:
    """Return the provider's own name for this session (OpenID Connect Front-Channel Logout, section 3), or ""."""
    value = claims.get("sid")
    return str(value) if isinstance(value, str) and is_plain(value) and len(value) < LONGEST else ""


def auth_time(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return ``auth_time`` if it is a number of the past (OpenID Connect Core, section 2), else None.

    A provider whose clock is a minute ahead said it all the same: then it was now.
    """
    try:
        told = moment(claims.get("auth_time") or None)  # some providers write 0 for a time that they do not know
    except ValueError:
        return None
    return min(told, now) if told <= now + CLOCKS else None
