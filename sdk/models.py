"""What AWS CLIs and SDKs hold of a person's sign-in. Of every secret only a hash is kept."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import SignIn
from roles.models import Role


class Registration(models.Model):
    """A client that registered itself (RegisterClient; RFC 7591). It proves only that it is the same later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    grant_types = models.JSONField(default=list, help_text="Empty: what a client without a choice may use.")
    redirect_uris = models.JSONField(default=list, help_text="Loopback, compared without their port.")
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, help_text="When it first got a token.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class DeviceAuthorization(models.Model):
    """A device that waits until a person lets it in by its user code (RFC 8628)."""

    class State(models.TextChoices):
        PENDING = "pending", "Waits for a person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        USED = "used", "Has its tokens"

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="device_authorizations")
    device_code_hash = models.CharField(max_length=64, unique=True)
    user_code_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    sign_in = models.ForeignKey(SignIn, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    polls = models.PositiveIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.registration} from {self.address}"


class Authorization(models.Model):
    """A person's permission to one tool, hung on the sign-in that gave it; its tokens end with either.

    ``role`` narrows it to one role: that is a container token, named by its person.
    """

    class Kind(models.TextChoices):
        DEVICE = "device", "Device code"
        PKCE = "pkce", "Browser on the same computer"
        CONTAINER = "container", "Container token"

    class Ended(models.TextChoices):
        LOGGED_OUT = "logged_out", "Signed out by the tool"
        BY_PERSON = "by_person", "Ended by its person"
        BY_ADMINISTRATOR = "by_administrator", "Ended by an administrator"
        MISUSED = "misused", "A used code or token came again"
        REPLACED = "replaced", "The same tool signed in anew"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_in = models.ForeignKey(SignIn, on_delete=models.CASCADE, related_name="authorizations")
    registration = models.ForeignKey(Registration, on_delete=models.SET_NULL, null=True, related_name="authorizations")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=100, help_text="The client's, or what its person called it.")
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="No later than the sign-in.")
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(
        null=True, help_text="In a moment still to come: what was replaced has a minute left."
    )
    end_reason = models.CharField(max_length=16, choices=Ended, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "tool"
        verbose_name_plural = "tools"

    def __str__(self) -> str:
        return f"{self.name} of {self.sign_in}"


class AuthorizationCode(models.Model):
    """What the browser carries to a tool on the same computer: good once, for two minutes (RFC 6749, section 4.1.2)."""

    code_hash = models.CharField(max_length=64, unique=True)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="+")
    authorization = models.OneToOneField(Authorization, on_delete=models.CASCADE, related_name="code")
    redirect_uri = models.CharField(max_length=255)
    code_challenge = models.CharField(max_length=43)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code for {self.authorization}"


class AccessToken(models.Model):
    """A bearer token (RFC 6750)."""

    token_hash = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="access_tokens")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"access token of {self.authorization}"


class RefreshToken(models.Model):
    """Good once, and sixty seconds longer for those who ask at the same moment (RFC 9700, section 4.14.2)."""

    token_hash = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="refresh_tokens")
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token of {self.authorization}"


class SharedAnswer(models.Model):
    """Credentials on their way from the process that asked for them to those that wait: sealed, and for seconds."""

    key = models.CharField(max_length=64, primary_key=True)
    claimed_at = models.FloatField(help_text="Seconds since 1970.", db_index=True)
    sealed = models.TextField(blank=True)
    refusal = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"answer claimed at {self.claimed_at}"
