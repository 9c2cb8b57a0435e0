import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from portal.hosts import CanonicalHostMiddleware


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/sign-in/", HTTP_HOST="evil.example").status_code == 400


def test_another_allowed_host_is_led_to_the_one_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    response = client.get("/sign-in/?next=/a", HTTP_HOST="localhost")
    assert (response.status_code, response["Location"]) == (302, "http://testserver/sign-in/?next=/a")


BASES = [
    ("https://daypass.example.com", "daypass.example.com:443", 200),
    ("https://daypass.example.com", "DAYPASS.example.com", 200),
    ("https://daypass.example.com", "daypass.example.com:8443", 302),
    ("https://daypass.example.com", "daypass.example.com:80", 302),
    ("https://daypass.example.com:8443", "daypass.example.com:8443", 200),
    ("https://daypass.example.com:8443", "daypass.example.com", 302),
    ("https://[::1]:8443", "[::1]:8443", 200),
    ("http://localhost", "localhost:80", 200),
    ("https://xn--dgpass-bua.example", "xn--dgpass-bua.example", 200),
]


@pytest.mark.parametrize(("base", "host", "status"), BASES)
def test_hosts_that_mean_the_same_are_one(settings: Settings, base: str, host: str, status: int) -> None:
    settings.DAYPASS_BASE_URL, settings.ALLOWED_HOSTS = base, ["*"]
    request = RequestFactory().get("/page", HTTP_HOST=host)
    answer = CanonicalHostMiddleware(lambda asked: HttpResponse(asked.get_host()))(request)
    assert answer.status_code == status
    assert answer.content.decode() == (base.partition("//")[2] if status == 200 else "")


def test_a_post_to_another_host_is_not_led_away(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    request = RequestFactory().post("/page", HTTP_HOST="localhost")
    assert CanonicalHostMiddleware(lambda asked: HttpResponse(asked.get_host()))(request).content == b"localhost"


def test_health_answers_whatever_the_host(client: Client) -> None:
    response = client.get("/healthz", HTTP_HOST="10.1.2.3")
    assert (response.status_code, response.content) == (200, b"ok\n")
