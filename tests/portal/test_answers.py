"""What every answer keeps to: asking changes nothing, and nobody keeps what they were shown."""

import pytest
from django.test import Client

from tests.portal.administered import World
from tests.portal.walked import undone, walk
from tests.rows import all_rows, changed

pytestmark = pytest.mark.django_db
# A provider's answer or a program's token that is refused; an export, which is on the ledger; a passkey's challenge.
REFUSED, TOLD, CHALLENGED = {"accounts.RateCount", "audit.Event"}, {"audit.Event"}, {"sessions.Session"}
CHANGED = {
    "openid_connect_callback": REFUSED,
    "openid_connect_front_logout": REFUSED,
    "saml_acs": REFUSED,
    "saml_finish": REFUSED,
    "saml_sls": REFUSED,
    "social_callback": REFUSED,
    "scim": REFUSED,
    "audit:export": TOLD,
    "accounts:add_passkey": CHALLENGED,
}
KEPT = {"admin:jsi18n"}  # Django's words for its own scripts


def test_asking_for_an_address_changes_no_row_but_of_what_came_with_it(whole: World, erin: Client) -> None:
    found = {}
    for place, path, _, client in walk(whole, erin):
        before = all_rows()
        with undone():
            client.get(path)
            found[place.name] = changed(before, all_rows())
    assert {name: models for name, models in found.items() if models} == CHANGED


def test_what_is_shown_is_kept_by_nobody(whole: World, erin: Client) -> None:
    kept = set()
    for place, path, _, client in walk(whole, erin):
        with undone():
            answer = client.get(path)
        if answer.status_code == 200 and "no-store" not in answer.headers.get("Cache-Control", ""):
            kept.add(place.name)
    assert kept == KEPT
