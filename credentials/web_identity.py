"""The token that speaks for the person to AWS, fetched from custody when STS is asked, and never kept here."""

from dataclasses import dataclass, field

from accounts import tokens
from accounts.models import SignIn
from accounts.providers import configured


class TokenUnavailable(Exception):
    """There is no token to show to AWS. Shaped like an error of STS, so that it is recorded and explained alike."""

    status, request_id, region = 0, "", ""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class WebIdentity:
    """A token and, where it is an access token and no ID token, the ProviderId of whom AWS is to ask about it."""

    token: str = field(repr=False)
    provider_id: str = ""


def web_identity(*, sign_in: SignIn, renewed: bool = False) -> WebIdentity:
    """Return what speaks for the person, renewed first if asked; raise TokenUnavailable when there is nothing."""
    try:
        token = tokens.web_identity_token_for(sign_in=sign_in, renewed=renewed)
    except tokens.TokenUnavailable as error:
        raise TokenUnavailable(error.code, error.sentence) from None
    provider = configured().get(sign_in.provider)
    return WebIdentity(token, provider.web_identity_provider if provider else "")
