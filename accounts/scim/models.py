"""What directories pushed: people and groups as each of them spells them, apart from who signs in."""

import unicodedata
import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone


def folded(text: str) -> str:
    """Return the form by which names compare: Unicode NFC, without regard to case (RFC 7643, section 2.2)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


class Directory(models.Model):
    """One provider's directory. Its row is the lock between pushes and sign-ins: whoever holds it sees the other."""

    provider = models.CharField(primary_key=True, max_length=64)
    last_push_at = models.DateTimeField(null=True)
    last_push = models.CharField(max_length=80, blank=True, help_text="What it did then.")

    class Meta:
        verbose_name_plural = "directories"

    def __str__(self) -> str:
        return self.provider


class Pushed(models.Model):
    """What a directory's users and groups have in common."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=64)
    external_id = models.CharField(max_length=255, blank=True, help_text="The directory's own name for it.")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    KIND = ""  # what the ledger calls it

    class Meta:
        abstract = True

    @property
    def etag(self) -> str:
        """Return the entity-tag; weak, since it tells states apart and not spellings (RFC 7644, section 3.14)."""
        return f'W/"{self.version}"'


class DirectoryUser(Pushed):
    """A person as the directory describes them. One that it deleted stays, so that it goes on counting as gone."""

    user_name = models.CharField(max_length=320)
    user_name_key = models.CharField(max_length=400, editable=False)
    email = models.CharField(max_length=254, blank=True, help_text="The work address, in small letters.")
    emails = models.JSONField(default=list)
    display_name = models.CharField(max_length=200, blank=True)
    formatted_name = models.CharField(max_length=200, blank=True)
    family_name = models.CharField(max_length=200, blank=True)
    given_name = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(null=True, default=True, help_text="Whatever is not true counts as gone.")
    deleted_at = models.DateTimeField(null=True)

    KIND = "directory_user"

    class Meta:
        verbose_name = "directory user"
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "user_name_key"], condition=models.Q(deleted_at=None), name="directory_user_name"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "user_name_key"], name="directory_user_key"),
            models.Index(fields=["provider", "external_id"], name="directory_user_external"),
            models.Index(fields=["provider", "email"], name="directory_user_email"),
            models.Index(fields=["provider", "created_at", "id"], name="directory_user_page"),
        ]

    def __str__(self) -> str:
        return self.user_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.user_name_key = folded(self.user_name)
        super().save(*args, **kwargs)

    @property
    def is_here(self) -> bool:
        return self.active is True and self.deleted_at is None


class DirectoryGroup(Pushed):
    display_name = models.CharField(max_length=400)
    display_name_key = models.CharField(max_length=500, editable=False)
    members = models.ManyToManyField(DirectoryUser, through="DirectoryMembership", related_name="groups")

    KIND = "directory_group"

    class Meta:
        verbose_name = "directory group"
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "display_name_key"], name="directory_group_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "external_id"], name="directory_group_external"),
            models.Index(fields=["provider", "created_at", "id"], name="directory_group_page"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.display_name_key = folded(self.display_name)
        super().save(*args, **kwargs)


class DirectoryMembership(models.Model):
    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(DirectoryUser, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = "directory membership"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "user"], name="directory_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
