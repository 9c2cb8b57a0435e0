"""What the sign-in page says to somebody whose sign-in is over: what happened, by whom, and what to do."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.models import SignIn
from accounts.providers import name_of

KEY = "notice"
AGAIN = "Sign in again to go on."


@dataclass(frozen=True)
class Notice:
    """``kind`` is the component's. ``{provider}`` is the provider's name, ``{minutes}`` how long its word is good,
    ``{idle}`` the time without a request after which a browser is signed out."""

    kind: str
    title: str
    text: str = AGAIN


SIGNED_OUT: Final = SignIn.Ended.SIGNED_OUT
NOTICES: Final[dict[str, Notice]] = {
    SIGNED_OUT: Notice(
        "success", "You are signed out of Daypass.", "Credentials that you already took work until they expire."
    ),
    SignIn.Ended.IDLE: Notice("info", "You were signed out after {idle} without activity."),
    SignIn.Ended.TOO_OLD: Notice("info", "Your sign-in reached its longest duration."),
    SignIn.Ended.BY_PERSON: Notice("warning", "You ended this sign-in from another one."),
    SignIn.Ended.REPLACED: Notice("info", "A new sign-in in this browser replaced this one."),
    SignIn.Ended.BY_ADMINISTRATOR: Notice("warning", "An administrator ended your sign-in."),
    SignIn.Ended.PROVIDER: Notice(
        "warning",
        "{provider} withdrew your sign-in.",
        "Sign in again. If it does not let you in, ask whoever runs your company's accounts.",
    ),
    SignIn.Ended.UNCONFIRMED: Notice(
        "info",
        "{provider} has not confirmed your sign-in for {minutes} minutes.",
        "Sign in again to go on; while you are signed in there, one click is enough.",
    ),
    SignIn.Ended.PROVIDER_LOGOUT: Notice("info", "You signed out at {provider}, which signed you out here too."),
    SignIn.Ended.LEFT: Notice(
        "warning",
        "Your company's directory no longer lists you for Daypass.",
        "If that is wrong, ask whoever runs it.",
    ),
}


def leave_notice(request: HttpRequest, reason: str, provider: str) -> None:
    """Let the next sign-in page of this browser say what happened to a sign-in by that provider."""
    request.session[KEY] = [str(reason), provider]


def take_notice(request: HttpRequest) -> tuple[str, Notice | None]:
    """Return what to say, and its reason, once; a script that was led here meanwhile leaves it to the person."""
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    kept = request.session.pop(KEY, None) if is_page and KEY in request.session else None
    if not isinstance(kept, list) or len(kept) != 2 or kept[0] not in NOTICES:
        return "", None
    reason, provider = kept
    found, idle = NOTICES[reason], settings.DAYPASS_SESSION_IDLE // 60
    words = {
        "provider": name_of(provider),
        "minutes": settings.DAYPASS_IDENTITY_FRESHNESS // 60,
        "idle": f"{idle} minute{pluralize(idle)}",
    }
    return reason, Notice(found.kind, found.title.format(**words), found.text.format(**words))
