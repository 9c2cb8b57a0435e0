import pytest
from django.utils import timezone

from accounts.models import SignIn
from accounts.tokens import ProviderUnreachable
from credentials import web_identity
from credentials.refusals import BY_CODE


def asked(sign_in: SignIn) -> str:
    with pytest.raises(web_identity.TokenUnavailable) as caught:
        web_identity.web_identity(sign_in=sign_in)
    return str(caught.value.code)


def test_a_sign_in_without_a_token_is_told_to_sign_in(alice: SignIn) -> None:
    assert asked(alice) == "SignInOver"


def test_an_ended_sign_in_is_told_to_sign_in(alice: SignIn) -> None:
    SignIn.objects.update(ended_at=timezone.now())
    assert asked(alice) == "SignInOver"


def test_a_silent_provider_is_told_apart() -> None:
    assert {"SignInOver", ProviderUnreachable.code} <= set(BY_CODE)
