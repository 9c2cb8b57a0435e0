from django.test import Client
from pytest_django.fixtures import Settings


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/sign-in/", HTTP_HOST="evil.example").status_code == 400


def test_another_allowed_host_is_led_to_the_one_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    response = client.get("/sign-in/?next=/a", HTTP_HOST="localhost")
    assert (response.status_code, response["Location"]) == (302, "http://testserver/sign-in/?next=/a")


def test_health_answers_whatever_the_host(client: Client) -> None:
    response = client.get("/healthz", HTTP_HOST="10.1.2.3")
    assert (response.status_code, response.content) == (200, b"ok\n")
