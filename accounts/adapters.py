"""How allauth's flows meet Daypass's rules: no forms, no sign-up pages, no linking by e-mail."""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest

from accounts.linking.owner import name_by
from accounts.models import User
from accounts.navigation import safe_next
from accounts.oidc.flow import app_of
from accounts.providers import openid, saml, social
from accounts.refusals import Reason, SignInRefused
from accounts.saml import provider as saml_provider
from accounts.social import flow as social_flow
from portal.http import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by a form, and allauth says nothing on our pages."""

    def is_safe_url(self, url: str) -> bool:
        return bool(safe_next(url))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_stages(self) -> list[str]:
        """Let nothing stand between the provider's word and the sign-in: a second factor is asked for by a role."""
        return [stage for stage in super().get_login_stages() if not stage.startswith("allauth.mfa.")]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Leave out "Successfully signed in": the page that follows says as much."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> NoReturn:
        raise SignInRefused(Reason.INACTIVE, f"person {user.pk}")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """People come in by their provider alone, and each (provider, subject) is a person of its own."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Return the providers of the file; rows of allauth's SocialApp table count for nothing."""
        apps: list[SocialApp] = [app_of(found) for found in openid().values()]
        apps += [saml_provider.app_of(found) for found in saml().values()]
        apps += [social_flow.app_of(found) for found in social().values()]
        return [
            app
            for app in apps
            if provider in {None, app.provider, app.provider_id} and client_id in {None, app.client_id}
        ]

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Link nobody: whoever controls an address at one provider need not be who has it at another."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Leave the new person blank: save_user names them, accounts.start calls them by name."""
        user: User = sociallogin.user
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: object = None) -> User:
        """Save the account and its person, who is named by (provider, subject) and by nothing that may change hands.

        A person of that name whose account was lost is the same human. No e-mail address is saved: allauth's own
        table of those stays empty.
        """
        account = sociallogin.account
        username = name_by(account.provider, account.uid)
        user = User.objects.filter(username=username).first() or User(username=username)
        user.set_unusable_password()
        user.save()
        sociallogin.user = account.user = user
        account.save()
        return user
