"""Issued sessions: each attempt to become a role, and its fate. No secret is stored here or anywhere."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import SignIn
from portal.programs import program_of
from roles.models import Role


class IssuedSession(models.Model):
    """One attempt. The row is committed before STS is asked and settled by a conditional update afterwards."""

    class State(models.TextChoices):
        PENDING = "pending", "Asked for"
        ISSUED = "issued", "Live"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        ABANDONED = "abandoned", "Fate unknown"

    class Delivery(models.TextChoices):
        CREDENTIALS = "credentials", "Credentials"
        CONSOLE = "console", "Console"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request_key = models.UUIDField(unique=True, help_text="From the form: a double click is one request.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="issued_sessions")
    sign_in = models.ForeignKey(SignIn, on_delete=models.PROTECT, related_name="issued_sessions")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="issued_sessions")
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    delivery = models.CharField(max_length=16, choices=Delivery)
    method = models.CharField(max_length=16, choices=Role.Method)
    role_arn = models.CharField(max_length=2048, help_text="As it was at the moment of issue.")
    principal = models.CharField(max_length=450, help_text="The principal whose mapping decided.")
    session_name = models.CharField(max_length=64, unique=True)
    source_identity = models.CharField(max_length=64, blank=True)
    duration = models.PositiveIntegerField(help_text="Seconds asked of STS.")
    region = models.CharField(max_length=32, help_text="STS region first asked.")
    reason = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    door = models.CharField(max_length=16, default="web")
    reference = models.CharField(max_length=16, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    access_key_id = models.CharField(max_length=128, blank=True, db_index=True)
    assumed_role_id = models.CharField(max_length=193, blank=True)
    packed_policy_size = models.PositiveSmallIntegerField(null=True, help_text="Per cent, as STS answered.")
    sts_request_id = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True, help_text="AWS's own words, for administrators.")

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], name="issued_by_user"),
            models.Index(fields=["role", "-created_at"], name="issued_by_role"),
            models.Index(fields=["state", "expires_at"], name="issued_by_state"),
            models.Index(fields=["-created_at"], name="issued_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.session_name} ({self.get_state_display()})"

    @property
    def program(self) -> str:
        """Return what asked for it, as people know it."""
        return program_of(self.user_agent)

    @property
    def is_live(self) -> bool:
        return self.state == self.State.ISSUED and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.expires_at - timezone.now()).total_seconds())) if self.expires_at else 0
