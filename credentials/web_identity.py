"""The token that speaks for the person to AWS, fetched from custody when STS is asked, and never kept here."""

from accounts import tokens
from accounts.models import SignIn


class TokenUnavailable(Exception):
    """There is no token to show to AWS. Shaped like an error of STS, so that it is recorded and explained alike."""

    status, request_id, region = 0, "", ""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def web_identity_token(*, sign_in: SignIn, renewed: bool = False) -> str:
    """Return the token, renewed first if asked; raise TokenUnavailable when the sign-in cannot give one."""
    try:
        return tokens.web_identity_token_for(sign_in=sign_in, renewed=renewed)
    except tokens.TokenUnavailable as error:
        raise TokenUnavailable(error.code, error.sentence) from None
