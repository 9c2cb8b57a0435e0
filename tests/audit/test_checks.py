"""Wrong alert settings are found at the start, with what to write instead."""

from typing import Any

import pytest

from audit.checks import alerts_can_be_sent, alerts_reach_somebody


@pytest.mark.parametrize("url", ["http://hooks.example/x", "hooks.example", "ftp://hooks.example"])
def test_a_webhook_over_plain_http_is_an_error(settings: Any, url: str) -> None:
    settings.DAYPASS_ALERT_WEBHOOK = url
    [found] = alerts_can_be_sent(None)
    assert (found.id, found.hint) == ("audit.E001", "Write an https address; plain http is for loopback only.")
    assert url not in found.msg


def test_a_wrong_mail_address_is_an_error(settings: Any) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com", "nobody"]
    [found] = alerts_can_be_sent(None)
    assert (found.id, found.msg) == ("audit.E002", "DAYPASS_ALERT_EMAIL holds 'nobody', which is no mail address.")


def test_nobody_to_tell_is_a_warning_at_deployment(settings: Any) -> None:
    settings.DAYPASS_ALERT_WEBHOOK, settings.DAYPASS_ALERT_EMAIL = "", []
    assert [found.id for found in alerts_reach_somebody(None)] == ["audit.W001"]


def test_an_unsigned_webhook_is_a_warning_at_deployment(settings: Any) -> None:
    settings.DAYPASS_ALERT_WEBHOOK, settings.DAYPASS_ALERT_SECRET = "https://hooks.example/x", ""
    assert [found.id for found in alerts_reach_somebody(None)] == ["audit.W002"]


def test_good_settings_say_nothing(settings: Any) -> None:
    settings.DAYPASS_ALERT_WEBHOOK, settings.DAYPASS_ALERT_SECRET = "https://hooks.example/x", "s" * 32
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    assert [*alerts_can_be_sent(None), *alerts_reach_somebody(None)] == []
