import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from portal.http import client_address, compressed, no_store, reference, user_agent


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),  # nobody in front: the header is the client's own claim
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),  # shorter than configured: somebody went round a proxy
        (1, "not an address", "127.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "198.51.100.7:51234", "198.51.100.7"),  # some balancers add the port
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),  # as a socket for both families writes it
        (1, "198.51.100.7:51234:1", "127.0.0.1"),
    ],
)
def test_the_address_is_counted_from_the_right(settings: Settings, proxies: int, forwarded: str, address: str) -> None:
    settings.DAYPASS_TRUSTED_PROXIES = proxies
    assert client_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address


def test_a_user_agent_is_cut_and_loses_control_characters() -> None:
    request = RequestFactory().get("/", HTTP_USER_AGENT="curl\r\nX-Evil: 1\x1b[31m" + "a" * 400)
    assert user_agent(request) == ("curlX-Evil: 1[31m" + "a" * 400)[:200]


def test_references_are_readable_and_differ() -> None:
    marks = {reference() for _ in range(100)}
    assert len(marks) == 100
    assert all(re.fullmatch(r"DP-[BCDFGHJKMNPQRSTVWXZ2-9]{4}-[BCDFGHJKMNPQRSTVWXZ2-9]{4}", mark) for mark in marks)


def test_no_store_forbids_every_cache() -> None:
    response = no_store(lambda request: HttpResponse("once"))(RequestFactory().get("/"))
    assert response["Cache-Control"] == "no-store"


LONG = "a role and an account " * 100


@pytest.mark.parametrize(
    ("method", "address", "encoding"), [("get", "/", "gzip"), ("get", "/?q=guess", None), ("post", "/", None)]
)
def test_only_what_nobody_else_chose_is_compressed(method: str, address: str, encoding: str | None) -> None:
    request = getattr(RequestFactory(), method)(address, HTTP_ACCEPT_ENCODING="gzip")
    response = compressed(lambda request: HttpResponse(LONG))(request)
    assert response.headers.get("Content-Encoding") == encoding


def test_who_does_not_ask_gets_the_page_as_it_is() -> None:
    response = compressed(lambda request: HttpResponse(LONG))(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    assert (response.content.decode(), response.headers["Vary"]) == (LONG, "Accept-Encoding")
