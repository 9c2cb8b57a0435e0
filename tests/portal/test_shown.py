"""What turns letters around is seen on every page, and stays in the fields of forms."""

import re

import pytest
from django.shortcuts import render
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory

from portal import shown
from roles.models import PortalRoleMapping
from tests.conftest import Browser, Signed

OVERRIDE = "\u202e"
TURNING = [chr(number) for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("letter", TURNING)
def test_it_is_shown_as_its_number(letter: str) -> None:
    assert shown.shown(f"<td>a{letter}b</td>") == f"<td>a⟨U+{ord(letter):04X}⟩b</td>"


@pytest.mark.parametrize("letter", ["\u2029", "\u202f", "\u2065", "\u206a", "\u200d", "\u0627", "é"])
def test_other_letters_stay(letter: str) -> None:
    assert shown.shown(f"a{letter}b") == f"a{letter}b"


@pytest.mark.parametrize(
    "field",
    [
        f'<input value="{OVERRIDE}">',
        f"<textarea rows=1>\na{OVERRIDE}</textarea>",
        f"<SCRIPT>'{OVERRIDE}'</SCRIPT>",
        f"<style>{OVERRIDE}</style>",
    ],
)
def test_fields_keep_their_values(field: str) -> None:
    assert shown.shown(f"{field}<p>{OVERRIDE}</p>{field}") == f"{field}<p>⟨U+202E⟩</p>{field}"


def test_every_way_to_a_template_is_ours() -> None:
    assert [type(engine) for engine in engines.all()] == [shown.Templates]
    made = [get_template("404.html"), engines["django"].from_string("{{ it }}")]
    assert {type(template) for template in made} == {shown.Template}
    page = render_to_string("404.html", {"reference": OVERRIDE})
    assert (OVERRIDE in page, "⟨U+202E⟩" in page) == (False, True)
    assert "⟨U+202E⟩" in render(RequestFactory().get("/"), "404.html", {"reference": OVERRIDE}).content.decode()


def test_what_people_write_is_escaped_all_the_same() -> None:
    assert engines["django"].from_string("{{ it }}").render({"it": f"<{OVERRIDE}>"}) == "&lt;⟨U+202E⟩&gt;"


def test_an_administrator_sees_it_in_a_group_and_saves_it_as_it_was(signed_in: Signed, browser: Browser) -> None:
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    kept = PortalRoleMapping.objects.create(principal=f"group:adfs:{OVERRIDE}sredaer", portal_role="auditor")
    client: Client = browser(signed_in("erin"))
    listed = client.get("/admin/roles/portalrolemapping/").content.decode()
    assert ("group:adfs:⟨U+202E⟩sredaer" in listed, OVERRIDE in re.sub("<[^>]*>", "", listed)) == (True, False)
    form = client.get(f"/admin/roles/portalrolemapping/{kept.pk}/change/").content.decode()
    assert f'value="{kept.principal}"' in form
