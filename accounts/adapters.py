"""How allauth's flows meet Daypass's rules."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by a form."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """People come in by their provider alone."""
