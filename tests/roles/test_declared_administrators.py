"""DAYPASS_ADMINISTRATORS holds principals, or the portal does not start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from roles import declared_administrators


@pytest.mark.parametrize(
    "item",
    ["user:erin@example.com", "group:adfs:CN=AWS-Admins,OU=Groups", "subject:facebook:102", "domain:example.com"],
)
def test_principals_are_taken(item: str) -> None:
    declared_administrators.check([item])


@pytest.mark.parametrize(
    "item", ["user:Erin@Example.com", "erin@example.com", "group:AWS-Admins", "OU=Groups", "domain:x"]
)
def test_what_is_none_is_named(item: str) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        declared_administrators.check(["user:erin@example.com", item])
    assert str(told.value).startswith(f"DAYPASS_ADMINISTRATORS: {item!r} is no principal. Write user:")


@pytest.mark.parametrize("item", ["domain:почта.рф", "user:anna@почта.рф"])
def test_a_domain_in_its_own_script_is_told_its_form_on_the_wire(item: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"Write почта\.рф as it stands on the wire: xn--80a1acny\.xn--p1ai\."
    ):
        declared_administrators.check([item])
