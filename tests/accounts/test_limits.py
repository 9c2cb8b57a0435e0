"""Counters that all processes share, by network or person; no header evades them or turns them on somebody else."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory
from pytest_django import Settings

from accounts import limits
from accounts.limits import Limit, LimitExceeded, counted, limit_address, limit_person, network_of, watch
from accounts.models import RateCount, SignIn
from audit.models import Event
from tests.accounts.conftest import Walk

pytestmark = pytest.mark.django_db
TWICE = Limit("test", 2, 60)
THREE_PROXIES = [
    # (proxies, what each of three tries says of itself, how many count as one client)
    (0, ["203.0.113.1", "203.0.113.2", "203.0.113.3"], 1),
    (1, ["203.0.113.1, 198.51.100.7", "203.0.113.2, 198.51.100.7", "203.0.113.3, 198.51.100.7"], 1),
    (1, ["198.51.100.7", "198.51.100.8", "198.51.100.9"], 3),
    (2, ["203.0.113.1, 198.51.100.7, 10.0.0.1", "203.0.113.2, 198.51.100.7, 10.0.0.1", "198.51.100.7, 10.0.0.1"], 1),
    (2, ["198.51.100.7, 10.0.0.1", "198.51.100.8, 10.0.0.1", "198.51.100.9, 10.0.0.1"], 3),
    (2, ["203.0.113.1", "203.0.113.2", "203.0.113.3"], 1),
]


def clock(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    monkeypatch.setattr("accounts.limits.time.time", lambda: float(moment))


def tries(limit: Limit, who: str, times: int) -> list[int]:
    return [counted(limit, who).tries for _ in range(times)]


def test_it_counts_to_the_limit_and_one_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tries(TWICE, "a", 5) == [1, 2, 3, 4, 4]
    assert tries(TWICE, "b", 1) == [1]
    assert RateCount.objects.get(tries=3).key.startswith("test:")


def test_a_window_begins_with_the_first_try_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 1000)
    first = counted(TWICE, "a")
    clock(monkeypatch, 1059)
    assert (counted(TWICE, "a").tries, counted(TWICE, "a").seconds_left) == (2, 1)
    clock(monkeypatch, 1060)
    later = counted(TWICE, "a")
    assert (later.tries, later.ends_at, later.reference == first.reference) == (1, 1120, False)


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_many_at_once_count_as_many_on_postgresql() -> None:
    def one(_number: int) -> int:
        try:
            return counted(Limit("test", 30, 60), "a").tries
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(one, range(40)))
    assert found == [*range(1, 32), *[32] * 9]


def test_many_at_once_count_as_many_on_sqlite(tmp_path: Path) -> None:
    """The portal's own statement on a file, as its processes share one; tests otherwise keep theirs in memory."""
    statement = re.sub(r"%\((\w+)\)s", r":\1", limits.COUNT)
    values = {"key": "k", "now": 0, "ends_at": 60, "most": 30, "reference": "DP-7KQM-2XZB"}
    with closing(sqlite3.connect(tmp_path / "counts")) as first:
        first.execute("CREATE TABLE accounts_ratecount (key PRIMARY KEY, tries, ends_at, reference)")

    def one(_number: int) -> int:
        with closing(sqlite3.connect(tmp_path / "counts", timeout=20, isolation_level=None)) as own:
            found = own.execute(statement, values).fetchall()
            return int(found[0][0]) if found else 32

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(one, range(40)))
    assert found == [*range(1, 32), *[32] * 9]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_client_counts_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(("proxies", "said", "clients"), THREE_PROXIES)
def test_a_forged_header_neither_evades_nor_accuses(
    settings: Settings, proxies: int, said: list[str], clients: int
) -> None:
    settings.DAYPASS_TRUSTED_PROXIES = proxies
    for header in said:
        limit_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=header), Limit("test", 3, 60))
    assert sorted(RateCount.objects.values_list("tries", flat=True)) == ([1] * 3 if clients == 3 else [3])


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_nobody_uses_up_the_tries_of_a_victim(settings: Settings, proxies: int) -> None:
    settings.DAYPASS_TRUSTED_PROXIES = proxies
    hops = [["198.51.100.66"], ["10.0.0.1"]][:proxies]
    forged = ", ".join(["198.51.100.7", "198.51.100.7", *(hop[0] for hop in hops)])
    honest = ", ".join(["198.51.100.7", "10.0.0.1"][:proxies])
    for _ in range(2):
        limit_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forged, REMOTE_ADDR="198.51.100.66"), TWICE)
    for _ in range(2):
        limit_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=honest, REMOTE_ADDR="198.51.100.7"), TWICE)


def test_past_the_limit_the_ledger_says_so_once_and_names_no_words() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="curl")
    for _ in range(2):
        limit_address(request, TWICE)
    refused = []
    for _ in range(3):
        with pytest.raises(LimitExceeded) as raised:
            limit_address(request, TWICE)
        refused.append(raised.value)
    event = Event.objects.get()
    assert (event.tag, event.subject_id, event.address) == ("accounts:limit:exceed", "test", "198.51.100.7")
    assert event.details == {"by": "address", "most": 2, "seconds": 60}
    assert {each.reference for each in refused} == {event.reference}
    assert all(0 < each.retry_after <= 60 for each in refused)


def test_people_are_counted_wherever_they_are(alice: SignIn, bob: SignIn) -> None:
    for person, address in ((alice, "192.0.2.1"), (alice, "192.0.2.2"), (bob, "192.0.2.1")):
        request = RequestFactory().post("/", REMOTE_ADDR=address)
        request.sign_in = person  # type: ignore[attr-defined]  # the middleware's
        limit_person(request, TWICE)
    request.sign_in = alice  # type: ignore[attr-defined]  # the middleware's
    with pytest.raises(LimitExceeded):
        limit_person(request, TWICE)
    assert (Event.objects.get().actor_id, Event.objects.get().details["by"]) == (str(alice.user_id), "person")


def test_what_is_only_watched_is_never_refused() -> None:
    request = RequestFactory().post("/")
    for _ in range(5):
        watch(request, TWICE, "administrator")
    assert Event.objects.get().details["by"] == "name"


@pytest.mark.parametrize(("later", "forgotten"), [(86_460, 0), (86_461, 1)])
def test_counters_are_forgotten_a_day_after_their_end(
    monkeypatch: pytest.MonkeyPatch, later: int, forgotten: int
) -> None:
    clock(monkeypatch, 1000)
    counted(TWICE, "old")
    clock(monkeypatch, 1000 + later)
    counted(TWICE, "new")
    assert limits.forget_old_counts() == forgotten
    assert RateCount.objects.filter(ends_at=1000 + later + 60).exists()


def test_the_page_says_when_to_come_back(walk: Walk, idps: object) -> None:
    path = "/accounts/oidc/google/login/callback/"
    answers = [walk.client.get(path) for _ in range(32)]
    assert [answer.status_code for answer in answers] == [403] * 30 + [429] * 2
    event = Event.objects.get(tag="accounts:limit:exceed")
    for answer in answers[30:]:
        assert (answer.headers["Cache-Control"], 0 < int(answer.headers["Retry-After"]) <= 60) == ("no-store", True)
        assert event.reference in answer.content.decode()
    assert walk.client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 403
