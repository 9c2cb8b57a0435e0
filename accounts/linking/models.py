"""Identities that were unlinked from a person with second factors."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class UnlinkedIdentity(models.Model):
    """An identity that left a person and their second factors: whoever signs in with it now sets up none of their own.

    It goes back to that person, who confirms by a factor, or an administrator lets it go. ``person`` is empty once they
    have no factor any more: nobody else's factor vouches for it then.
    """

    provider = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    unlinked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "unlinked identities"
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "subject"], name="unlinked_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} by {self.provider}"
