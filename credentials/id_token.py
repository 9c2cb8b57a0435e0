"""The person's ID token, fetched from custody at the moment that STS is asked, and never kept here."""

from importlib import import_module
from typing import Protocol, cast

from accounts.models import SignIn


class TokenUnavailable(Exception):
    """There is no token to show to AWS. Shaped like an error of STS, so that it is recorded and explained alike."""

    status, request_id, region = 0, "", ""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Custodian(Protocol):
    """Return the sign-in's ID token; ``renewed`` asks the provider for a new one first."""

    def __call__(self, *, sign_in: SignIn, renewed: bool = False) -> str: ...


def id_token(*, sign_in: SignIn, renewed: bool = False) -> str:
    """Return the token; raise TokenUnavailable when the sign-in cannot give one."""
    custodian = cast("Custodian", import_module("accounts.tokens").id_token_for)
    return custodian(sign_in=sign_in, renewed=renewed)
