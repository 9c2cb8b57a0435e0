"""How often something may be tried: by one network, or by one person. docs/operations.md lists every limit.

The counters stand in a small table, counted up by one statement, so that all processes count together and no two
tries count as one. Names are never locked: whoever knows a name could lock its owner out. Addresses are, and people
only by what they do themselves while signed in.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest

from accounts.models import RateCount
from accounts.sessions import actor_of, current_sign_in
from audit.record import record
from audit.tags import Tag
from portal.http import client_address, reference

MINUTE, TEN_MINUTES, HOUR, DAY = 60, 600, 3600, 86_400
NETWORK, PERSON, PROVIDER, NOBODY = "network", "person", "provider", "nobody"

# One statement on either database: it begins a window, goes on with one, or, past the limit, changes nothing.
COUNT = """
INSERT INTO accounts_ratecount (key, tries, ends_at, reference) VALUES (%(key)s, 1, %(ends_at)s, %(reference)s)
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN accounts_ratecount.ends_at <= %(now)s THEN 1 ELSE accounts_ratecount.tries + 1 END,
    reference = CASE WHEN accounts_ratecount.ends_at <= %(now)s THEN excluded.reference
                     ELSE accounts_ratecount.reference END,
    ends_at = CASE WHEN accounts_ratecount.ends_at <= %(now)s THEN excluded.ends_at
                   ELSE accounts_ratecount.ends_at END
WHERE accounts_ratecount.ends_at <= %(now)s OR accounts_ratecount.tries <= %(most)s
RETURNING tries, ends_at, reference
"""


@dataclass(frozen=True)
class Limit:
    """``most`` tries within ``seconds``, from the first one on. ``what`` stands on the ledger: add, never rename.

    ``by`` and ``about`` are for people: the table of docs/operations.md is made of them, see tests/docs/limits.py.
    """

    what: str
    most: int
    seconds: int
    by: str = ""
    about: str = ""


# A company behind one address signs in at nine o'clock; hence the wide ones.
SIGN_IN_START = Limit("sign_in_start", 300, MINUTE, NETWORK, "Somebody presses a provider's button.")
SIGN_IN_ANSWER = Limit("sign_in_answer", 300, MINUTE, NETWORK, "Somebody comes back from a provider.")
SIGN_IN_REFUSAL = Limit(
    "sign_in_refusal", 30, MINUTE, NETWORK, "A sign-in is refused; successful ones from the same network go on."
)
JOURNEY_START = Limit(
    "journey_start", 20, TEN_MINUTES, PERSON, "A signed-in person sets out to link, to try a provider, or to step up."
)
SECOND_FACTOR_TRIES = Limit(
    "second_factor",
    20,
    MINUTE,
    PERSON,
    "A code or a passkey that is tried. Five wrong codes in a row lock the factor besides: for five minutes, "
    "and twice as long after each further one, up to a day.",
)
BREAK_GLASS_TRIES = Limit("break_glass", 5, MINUTE, NETWORK, "A password of the break-glass administrator.")
BREAK_GLASS_HOUR = Limit("break_glass_hour", 30, HOUR, NETWORK, "The same by the hour.")
BREAK_GLASS_NAME = Limit(
    "break_glass_name",
    30,
    HOUR,
    NOBODY,
    "Wrong passwords for one name, from wherever: told on the ledger, never refused.",
)
PROVIDER_CHECK = Limit("provider_check", 6, MINUTE, PERSON, "*Check now* on the page *Identity providers*.")
PROVIDER_LOGOUT = Limit("provider_logout", 300, MINUTE, NETWORK, "A provider tells that somebody signed out.")
LOGOUT_TOKEN_REFUSAL = Limit(
    "logout_token_refusal",
    300,
    MINUTE,
    NETWORK,
    "Back-channel logout tokens that were refused; then every one from there is. Good ones are not "
    "counted: thousands may come.",
)
SCIM_REFUSAL = Limit("scim_refusal", 30, MINUTE, NETWORK, "A directory's wrong SCIM token.")
REFUSAL = Limit(
    "refusal",
    30,
    TEN_MINUTES,
    f"{PERSON}, {NETWORK}",
    "Refusals of one kind that the ledger takes down in full: by person, and of strangers by network. Then one"
    " event says that the rest is only counted, and `accounts:refusal:count` at the end how many there were; "
    "pages carry its reference.",
)
STRANGERS = Limit(
    "strangers_refusal",
    1000,
    TEN_MINUTES,
    "all strangers",
    "Strangers' refusals of one kind that the ledger takes down in full, from however many networks: one IPv6 /48 "
    "holds 65,536 of them. Then as `refusal`; what people are refused is written down all the same.",
)


@dataclass(frozen=True)
class Count:
    """Where a counter stands: ``tries`` in the window that ends at ``ends_at`` (Unix time), told apart by a mark."""

    tries: int
    ends_at: int
    reference: str

    @property
    def seconds_left(self) -> int:
        return max(1, self.ends_at - int(time.time()))


class LimitExceeded(Exception):
    """Too many tries. The middleware answers 429 with the page; a door for machines may catch it and say it shorter."""

    def __init__(self, limit: Limit, count: Count) -> None:
        super().__init__(limit.what)
        self.limit, self.reference, self.retry_after = limit, count.reference, count.seconds_left


def limit_address(request: HttpRequest, limit: Limit) -> None:
    """Count one try of the client's network; raise LimitExceeded past the limit, which the ledger notes once."""
    _limit(request, limit, who=_address(request), by="address")


def limit_person(request: HttpRequest, limit: Limit) -> None:
    """Count one try of the person who is signed in; without one, of the client's network."""
    mine = current_sign_in(request)
    if mine is None:
        return limit_address(request, limit)
    return _limit(request, limit, who=f"person:{mine.user_id}", by="person")


def bar(request: HttpRequest, limit: Limit) -> None:
    """Raise LimitExceeded if the client's network has used its tries up; count nothing, whoever is let in."""
    key = _key(limit, _address(request))
    full = RateCount.objects.filter(key=key, ends_at__gt=int(time.time()), tries__gte=limit.most).first()
    if full:
        raise LimitExceeded(limit, Count(full.tries, full.ends_at, full.reference))


def count_refusal(request: HttpRequest, limit: Limit) -> None:
    """Count one refusal of the client's network, for ``bar``; the ledger notes the one that uses the last try up."""
    count = counted(limit, _address(request))
    if count.tries == limit.most:
        _record(request, limit, count, by="address")


def watch(request: HttpRequest, limit: Limit, who: str, **told: str) -> None:
    """Count one try against something that must never be locked, a name for instance; the ledger notes many."""
    count = counted(limit, f"watch:{who}")
    if count.tries == limit.most + 1:
        _record(request, limit, count, by="name", **told)


def counted(limit: Limit, who: str, *, to: int | None = None) -> Count:
    """Count one try and return where the counter stands, at most one past the limit, or past ``to``: further ones
    write nothing."""
    now = int(time.time())
    key = _key(limit, who)
    values: dict[str, str | int] = {
        "key": key,
        "now": now,
        "ends_at": now + limit.seconds,
        "most": to or limit.most,
        "reference": reference(),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        found = cursor.fetchone()
    return Count(*found) if found else _past(limit, key)


def tries_of(limit: Limit, who: str) -> int:
    """Return where a counter stood last; 0 once it is forgotten."""
    return RateCount.objects.filter(key=_key(limit, who)).values_list("tries", flat=True).first() or 0


def network_of(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that an IPv6 client is free to move about in."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network(f"{ip}/64", strict=False))


def _address(request: HttpRequest) -> str:
    return f"address:{network_of(client_address(request))}"


def forget_old_counts() -> int:
    """Delete the counters whose window was over a day ago and return how many; until then a job may tell of one."""
    deleted, _ = RateCount.objects.filter(ends_at__lt=int(time.time()) - DAY).delete()
    return deleted


def _limit(request: HttpRequest, limit: Limit, *, who: str, by: str) -> None:
    count = counted(limit, who)
    if count.tries == limit.most + 1:
        _record(request, limit, count, by=by)
    if count.tries > limit.most:
        raise LimitExceeded(limit, count)


def _record(request: HttpRequest, limit: Limit, count: Count, *, by: str, **told: str) -> None:
    """Write the one event of this window. The actor says who or from where; what was typed stands nowhere."""
    record(
        Tag.LIMIT_EXCEED,
        actor=actor_of(request),
        subject="limit",
        subject_id=limit.what,
        reference=count.reference,
        by=by,
        most=limit.most,
        seconds=limit.seconds,
        **told,
    )


def _past(limit: Limit, key: str) -> Count:
    """Return a counter that is past its limit already, as the statement that counts left it."""
    kept = RateCount.objects.filter(key=key).values_list("ends_at", "reference").first()
    ends_at, mark = kept or (int(time.time()) + limit.seconds, "")
    return Count(limit.most + 2, ends_at, mark)


def _key(limit: Limit, who: str) -> str:
    return f"{limit.what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"  # a name that somebody typed is no key
