"""What about a provider wants somebody's hand, soon or now. Pure: from what a look found, and the time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.template.defaultfilters import pluralize

from accounts.health.result import Certificate, Clock, Result

SOON, TLS_SOON = timedelta(days=30), timedelta(days=14)  # web servers renew theirs by themselves, thirty days ahead
CLOCK_WARN, CLOCK_BAD = 30, 60  # seconds; from a minute on tokens are refused (accounts.oidc.verify.LEEWAY)
FAILING, OLD = timedelta(minutes=15), timedelta(minutes=30)
RENEWALS: Final = 10  # so many must have been asked for before their failing says anything


@dataclass(frozen=True)
class Concern:
    """``is_bad`` ones stop people now. ``code`` recognises the same one tomorrow."""

    code: str
    text: str
    remedy: str
    is_bad: bool = False


def concerns_of(result: Result, *, failing_since: datetime | None, now: datetime) -> list[Concern]:
    """Return the concerns, bad ones first."""
    found = [*_failing(result, failing_since), *_clock(result.clock), *_certificates(result.certificates, now)]
    found += _renewals(result)
    return sorted(found, key=lambda each: not each.is_bad)


def lasting(concerns: Iterable[Concern], failing_since: datetime | None, now: datetime) -> list[Concern]:
    """Leave out a provider's hiccup: that it does not answer is worth a message once it lasts."""
    lasts = failing_since is not None and now - failing_since >= FAILING
    return [each for each in concerns if lasts or each.code != "failing"]


def _failing(result: Result, since: datetime | None) -> Iterator[Concern]:
    for document in result.documents:
        if document.problem:
            yield Concern(
                "failing",
                f"{document.what}: {document.problem}.",
                f"Since {since:%d %B, %H:%M} UTC." if since else "Look at the network, TLS and its configuration.",
                is_bad=True,
            )


def _clock(clock: Clock | None) -> Iterator[Concern]:
    if clock is None or clock.surely < CLOCK_WARN:
        return
    side = "ahead of" if clock.ahead > 0 else "behind"
    yield Concern(
        "clock",
        f"Its clock is {abs(clock.ahead):.0f} seconds {side} this portal's.",
        "Set both by NTP. From 60 seconds on sign-ins are refused.",
        is_bad=clock.surely >= CLOCK_BAD,
    )


def _certificates(certificates: Iterable[Certificate], now: datetime) -> Iterator[Concern]:
    """Warn by use, of the one that lasts longest: an older one beside its successor is an ordinary rollover."""
    longest: dict[tuple[str, str], Certificate] = {}
    for each in certificates:
        key = (each.use, each.name if each.use == "tls" else "")
        longest[key] = max(longest.get(key, each), each, key=lambda one: one.until)
    for each in longest.values():
        if each.until - now < (TLS_SOON if each.use == "tls" else SOON):
            yield _of_certificate(each, now)


def _of_certificate(certificate: Certificate, now: datetime) -> Concern:
    what, remedy = {
        "signing": ("The newest signing certificate", "See that its successor is published before that."),
        "tls": (f"The TLS certificate of {certificate.name}", "Whoever runs that server renews it."),
        "ours": ("This portal's own certificate", "Put a new one into the providers file: docs/sign-in.md."),
    }[certificate.use]
    over = certificate.until <= now
    days = (certificate.until - now).days
    left = "expired" if over else f"expires in {days} day{pluralize(days)}"
    host = f":{certificate.name}" if certificate.use == "tls" else ""
    return Concern(f"certificate_{certificate.use}{host}", f"{what} {left}, {certificate.until:%d %B %Y}.", remedy)


def _renewals(result: Result) -> Iterator[Concern]:
    refused, asked = result.renewals.get("refused", 0), sum(result.renewals.values())
    if asked >= RENEWALS and refused * 2 > asked:
        yield Concern(
            "renewals",
            f"{refused} of {asked} renewals of sign-ins failed in the last 24 hours.",
            "The ledger names the reasons: accounts:sign_in:refresh.",
        )
