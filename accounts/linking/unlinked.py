"""An identity that was unlinked leaves no second factor behind: it stays as closed as its person was.

Whoever knows its password alone would else be a new person without factors, set up an own one, and take a role that
asks for it.
"""

from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.linking.models import UnlinkedIdentity
from accounts.models import User


def note_unlinked(person: User, provider: str, subject: str) -> None:
    """Remember from whom the identity was taken, who has second factors."""
    UnlinkedIdentity.objects.update_or_create(provider=provider, subject=subject, defaults={"person": person})


def unlinked(provider: str, subject: str) -> UnlinkedIdentity | None:
    """Return what is remembered of this identity; None for one that left no factor behind."""
    return UnlinkedIdentity.objects.filter(provider=provider, subject=subject).first()


def withheld_from(user: User) -> QuerySet[UnlinkedIdentity]:
    """Return the person's identities that left somebody else's factors; while there is one, they set up none."""
    theirs = SocialAccount.objects.filter(user=user, provider=OuterRef("provider"), uid=OuterRef("subject"))
    named = UnlinkedIdentity.objects.annotate(name=Concat("provider", Value(":"), "subject"))
    found: QuerySet[UnlinkedIdentity] = named.filter(Q(Exists(theirs)) | Q(name=user.username))
    return found


def has_no_factor(person: User) -> None:
    """Let what the person may set up next not stand for the identities that left the factors they had."""
    UnlinkedIdentity.objects.filter(person=person).update(person=None)
