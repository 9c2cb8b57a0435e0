import pytest
from pytest_django import Settings

from credentials.checks import sts_is_asked_where_it_is as check


@pytest.mark.parametrize("regions", [[], ["evil.example/"], ["us-east-1", "EU-WEST-1"], ["eu-west-1 "]])
def test_a_region_that_aws_does_not_have_stops_the_start(settings: Settings, regions: list[str]) -> None:
    settings.DAYPASS_AWS_REGIONS = regions
    (error,) = check(None)
    assert (error.id, "eu-central-1" in str(error.hint)) == ("credentials.E001", True)


def test_a_region_that_the_sdk_does_not_know_is_asked_about(settings: Settings) -> None:
    settings.DAYPASS_AWS_REGIONS = ["eu-west-9"]
    assert [found.id for found in check(None)] == ["credentials.W001"]


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])
def test_an_endpoint_in_the_clear_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    monkeypatch.setenv(name, "http://sts.example")
    assert [error.id for error in check(None)] == ["credentials.E002"]


@pytest.mark.parametrize("url", ["", "https://sts.internal.example", "http://127.0.0.1:8002"])
def test_what_is_right_passes(monkeypatch: pytest.MonkeyPatch, settings: Settings, url: str) -> None:
    settings.DAYPASS_AWS_REGIONS = ["eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
    assert check(None) == []
