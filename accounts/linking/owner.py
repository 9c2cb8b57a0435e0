"""Whose is an identity? The key is (provider, subject) in allauth's accounts; a person can have several of them.

The person's row is the lock of it all: signing in, linking, unlinking, and every change of second factors hold it
first, so none of them acts on what another is about to change.
"""

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from accounts.models import SignIn, User
from accounts.second_factor.factors import authenticators_of


def name_by(provider: str, subject: str) -> str:
    """Return what a person is named by whom this identity made known."""
    return f"{provider}:{subject}"


def owner_of(provider: str, subject: str) -> User | None:
    """Return the person of an identity, also one whose account was lost; None for an identity never seen."""
    account = SocialAccount.objects.filter(provider=provider, uid=subject).select_related("user").first()
    if account is not None:
        owner: User = account.user
        return owner
    return User.objects.filter(username=name_by(provider, subject)).first()


def identities_of(user: User | int) -> QuerySet[SocialAccount]:
    """Return the person's identities, the oldest first."""
    found: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user).order_by("date_joined", "pk")
    return found


def is_of(sign_in: SignIn, account: SocialAccount) -> bool:
    """Tell whether the sign-in was made with this identity."""
    return (sign_in.provider, sign_in.subject) == (account.provider, account.uid)


def has_second_factors(user: User) -> bool:
    """Tell whether the person set up a passkey or an app: an identity that moved would leave them behind."""
    return authenticators_of(user).exists()


def hold(sign_in: SignIn, *others: User | None) -> SignIn | None:
    """Lock these people until the transaction ends; return the sign-in as it is then, None once it has ended."""
    _lock(sign_in.user_id, *(other.pk for other in others if other))
    found = SignIn.objects.filter(pk=sign_in.pk, ended_at=None).select_related("user")
    return found.defer("web_identity_token", "refresh_token").first()


def hold_owner(provider: str, subject: str) -> User | None:
    """Lock whose the identity is until the transaction ends, and return them, also if that changed on the way."""
    owner = owner_of(provider, subject)
    while owner is not None:
        _lock(owner.pk)
        again = owner_of(provider, subject)
        if again == owner:
            return again
        owner = again
    return None


def _lock(*people: int) -> None:
    list(User.objects.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))


def name_otherwise(user: User, provider: str, subject: str) -> None:
    """Name a person by another of their identities, once this one is theirs no more.

    A name finds a person whose account was lost; one that stayed would bring the identity back to them. A person who
    has no other identity keeps it: should this one ever be free again, its history is theirs.
    """
    if user.username != name_by(provider, subject):
        return
    others = [name_by(account.provider, account.uid) for account in identities_of(user)]
    if others:
        taken = set(User.objects.filter(username__in=others).values_list("username", flat=True))
        user.username = next((name for name in others if name not in taken), f"#{user.pk}")  # no provider is called so
        user.save(update_fields=["username"])
