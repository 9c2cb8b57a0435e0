"""People, and the identity of each of their sign-ins."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from accounts import group_problems
from accounts.labels import label
from accounts.providers import name_of
from accounts.saml.models import SamlMessage, SamlMetadata
from portal.programs import program_of

__all__ = ["RateCount", "SamlMessage", "SamlMetadata", "SignIn", "User"]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A human. The key is (provider, subject) in allauth's SocialAccount; the e-mail is what they are called.

    There are no staff flags to set by hand: what a person may administer follows from mappings of portal roles to the
    principals of the sign-in they act under (roles.backends), so ``portal_roles`` is empty until a request fills it.
    """

    username = models.CharField(max_length=300, unique=True, help_text="Provider and subject, never shown.")
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField("may sign in", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    portal_roles: frozenset[str] = frozenset()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering: ClassVar = ["email", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return what the ledger and the pages call this person."""
        return label(address=self.email, name=self.name, identity=self.username)

    @property
    def is_staff(self) -> bool:
        return bool(self.portal_roles)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        # allauth's backend would look in Django's own tables of permissions, which a person here does not have.
        deciding = [backend for backend in get_backends() if getattr(backend, "decides_permissions", False)]
        return self.is_active and any(backend.has_perm(self, perm, obj) for backend in deciding)

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class SignInQuerySet(models.QuerySet["SignIn"]):
    def listed_for(self, user_id: int) -> "SignInQuerySet":
        """Return a person's sign-ins, those that have not ended first, then the newest."""
        mine = self.filter(user_id=user_id).defer("web_identity_token", "refresh_token", "claims", "principals")
        return mine.order_by(models.F("ended_at").desc(nulls_first=True), "-started_at")

    def renewable_of(self, user_id: int) -> set[uuid.UUID]:
        """Return which live sign-ins of a person the provider can be asked about without them."""
        live = self.filter(user_id=user_id, ended_at=None).exclude(refresh_token="")
        return set(live.values_list("pk", flat=True))


class SignIn(models.Model):
    """One successful authentication; web session, and later CLI tokens, hang on it and end with it."""

    class Ended(models.TextChoices):
        SIGNED_OUT = "signed_out", "Signed out"
        IDLE = "idle", "Idle for too long"
        TOO_OLD = "too_old", "Reached its longest duration"
        BY_PERSON = "by_person", "Ended from another sign-in"
        BY_ADMINISTRATOR = "by_administrator", "Ended by an administrator"
        PROVIDER = "provider", "Withdrawn by the identity provider"
        REPLACED = "replaced", "Replaced by a new sign-in"
        UNCONFIRMED = "unconfirmed", "Not confirmed by the identity provider in time"
        PROVIDER_LOGOUT = "provider_logout", "Signed out at the identity provider"
        LEFT = "left", "Removed by the directory"

    class SecondFactor(models.TextChoices):
        TOTP = "totp", "Authenticator app"
        WEBAUTHN = "webauthn", "Passkey"
        RECOVERY_CODE = "recovery_code", "Recovery code"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    provider = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    email = models.CharField(max_length=254, blank=True, help_text="As this provider asserted it.")
    principals = models.JSONField(default=list, help_text="What a mapping can name, sorted.")
    claims = models.JSONField(default=dict, help_text="Chosen claims, none of them secret.")
    groups_problem = models.CharField(
        max_length=32, blank=True, help_text="Why groups give no rights; empty if they do."
    )
    provider_session = models.CharField(
        max_length=255,
        blank=True,
        db_index=True,
        help_text="The provider's name for it: OpenID's sid, SAML's SessionIndex.",
    )
    name_id = models.JSONField(
        default=dict, help_text="SAML's NameID with its format and qualifiers, for single logout."
    )
    web_identity_token = models.TextField(
        blank=True, help_text="Encrypted. The OpenID Connect ID token, or the access token where AWS takes that."
    )
    web_identity_token_expires_at = models.DateTimeField(null=True)
    refresh_token = models.TextField(blank=True, help_text="Encrypted.")
    refresh_leased_until = models.DateTimeField(null=True, help_text="One refresh at a time.")
    refreshed_at = models.DateTimeField(null=True, help_text="When the provider last confirmed it after the start.")
    authenticated_at = models.DateTimeField(help_text="auth_time as asserted, else when the sign-in started.")
    authentication_asserted = models.BooleanField(default=False, help_text="The provider itself said when.")
    second_factor = models.CharField(max_length=16, choices=SecondFactor, blank=True)
    second_factor_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    tools_until = models.DateTimeField(
        null=True, help_text="Command-line tools hang on it: being idle does not end it."
    )
    expires_at = models.DateTimeField(help_text="No later than this, whatever happens.")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=32, choices=Ended, blank=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    # What the list of my sign-ins says of each.
    is_current = False
    lasts_until: datetime | None = None

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-in"
        ordering: ClassVar = ["-started_at"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-started_at"], name="sign_in_by_user"),
            models.Index(fields=["provider", "-started_at"], name="sign_in_by_provider"),
            # Each minute somebody looks for those whose time is over: among the live ones, however many have ended.
            models.Index(fields=["started_at"], condition=models.Q(ended_at=None), name="sign_in_live"),
        ]

    def __str__(self) -> str:
        return f"{self.label} by {self.provider}" if self.email else self.label

    @property
    def label(self) -> str:
        """Return what this identity is called where the person is not at hand."""
        return label(address=self.email, name="", identity=f"{self.provider}:{self.subject}")

    @property
    def provider_name(self) -> str:
        return name_of(self.provider)

    @property
    def program(self) -> str:
        """Return the browser that it began in, as people know it."""
        return program_of(self.user_agent) or "Unknown browser"

    @property
    def groups_told(self) -> group_problems.Text | None:
        """Return what to say of groups that give no rights; None where they do."""
        return group_problems.told(self.groups_problem, self.provider_name)

    def context(self, what: str) -> str:
        """Return what custody binds a sealed token to: this row and nothing else."""
        return f"sign-in:{self.pk}:{what}"


class RateCount(models.Model):
    """How often somebody tried something in a window of time; accounts.limits counts it up."""

    key = models.CharField(primary_key=True, max_length=100, help_text="What, and a hash of who.")
    tries = models.PositiveIntegerField()
    ends_at = models.BigIntegerField(db_index=True, help_text="When the window is over, in Unix time.")
    reference = models.CharField(max_length=16, help_text="On the ledger, if it came to that.")

    def __str__(self) -> str:
        return f"{self.key}: {self.tries}"


class RefreshPause(models.Model):
    """A provider, or one sign-in, that is left alone for a while since a refresh failed; see accounts.pauses."""

    key = models.CharField(primary_key=True, max_length=64, help_text="A provider's name, or a sign-in's id.")
    failures = models.PositiveSmallIntegerField(help_text="In a row.")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%H:%M:%S}"


class SpentLogoutToken(models.Model):
    """A logout token that was taken: its provider cannot use it again, nor can whoever overheard it."""

    provider = models.CharField(max_length=64)
    jti = models.CharField(max_length=64, help_text="SHA-256 of the token's id.")
    expires_at = models.DateTimeField(db_index=True, help_text="From then on the token is refused for its age.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "jti"], name="logout_token_once")]

    def __str__(self) -> str:
        return f"{self.jti} of {self.provider}"


class KeyCheck(models.Model):
    """A known text under each encryption key that sealed something here, so that a wrong key is told at the start."""

    key_id = models.CharField(primary_key=True, max_length=64)
    sealed = models.TextField()

    def __str__(self) -> str:
        return self.key_id


# Django finds models in this module alone.
from accounts.health import models as _health  # noqa: E402, F401
from accounts.linking import models as _linking  # noqa: E402, F401
from accounts.scim import models as _directory  # noqa: E402, F401
