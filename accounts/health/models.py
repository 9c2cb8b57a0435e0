"""What the last look at a provider found. One row for all processes: their own caches tell of themselves alone."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

ASKING = timedelta(seconds=60)  # a look takes twenty at most


class ProviderCheck(models.Model):
    """The last look at one provider; ``result`` is an accounts.health.result.Result as JSON."""

    provider = models.CharField(max_length=64, primary_key=True)
    due_at = models.DateTimeField(default=timezone.now, help_text="When to look next.")
    asked_at = models.DateTimeField(null=True, help_text="When somebody asked for a look now.")
    checked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        app_label = "accounts"
        verbose_name = "identity provider"
        ordering: ClassVar = ["provider"]

    def __str__(self) -> str:
        return self.provider

    @property
    def is_being_checked(self) -> bool:
        """Tell whether somebody asked a moment ago and nothing has come back yet."""
        if self.asked_at is None or timezone.now() - self.asked_at > ASKING:
            return False
        return self.checked_at is None or self.checked_at < self.asked_at
