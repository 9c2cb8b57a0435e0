"""What SAML must remember across processes: messages that were used, and the providers' metadata."""

from typing import ClassVar

from django.db import models


class SamlMessage(models.Model):
    """A signed message that was taken, so that it is taken once; kept until it would be refused as too old anyway.

    An assertion waits here, sealed, for the browser that asked for it: the provider's POST comes without the session's
    cookie (SameSite), so a redirect of our own brings the browser back with it.
    """

    provider = models.CharField(max_length=64)
    message_id = models.CharField(max_length=64, help_text="SHA-256 of the message's ID.")
    forget_at = models.DateTimeField(db_index=True)
    handle = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="SHA-256 of the waiting browser's key."
    )
    waits_until = models.DateTimeField(null=True)
    sealed = models.TextField(blank=True, help_text="The assertion, encrypted; empty once it was fetched.")

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "message_id"], name="saml_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id[:12]} by {self.provider}"


class SamlMetadata(models.Model):
    """The last good metadata of a provider, shared by all processes, and how asking for it went since."""

    provider = models.CharField(max_length=64, primary_key=True)
    source = models.CharField(max_length=64, help_text="SHA-256 of address and entity id; another one makes this void.")
    document = models.TextField()
    fetched_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    asked_at = models.DateTimeField()
    problem = models.CharField(max_length=200, blank=True, help_text="Why the last asking brought nothing.")

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return self.provider
