"""The ledger, the outbox that Celery drains, and what the audit found.

This room is written by all others and imports none of them, so people, roles and issued sessions stand here as
plain values: a ledger line must still read the same when what it speaks of is gone.
"""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone


class LedgerIsAppendOnly(RuntimeError):
    """Somebody tried to change or delete a ledger event."""


class EventQuerySet(models.QuerySet["Event"]):
    """Reads only; ``create`` through audit.record is the one way in."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerIsAppendOnly("Ledger events are never changed or deleted.")

    update = delete = bulk_update = update_or_create = _refuse


class Event(models.Model):
    """One line of the ledger: who did what to what, from where, when."""

    occurred_at = models.DateTimeField(default=timezone.now, editable=False)
    tag = models.CharField(max_length=64, help_text="One of audit.tags.Tag.")
    actor_id = models.CharField(max_length=64, blank=True, help_text="The person's id; empty for Daypass itself.")
    actor_name = models.CharField(max_length=254)
    sign_in_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=64, blank=True, help_text="Kind of thing, for example issued_session.")
    subject_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    client = models.CharField(max_length=220, blank=True, help_text="Door and user agent.")
    reference = models.CharField(max_length=16, blank=True)
    details = models.JSONField(default=dict)
    version = models.PositiveSmallIntegerField(default=1, help_text="Version of this line's shape.")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["tag", "-id"], name="event_by_tag"),
            models.Index(fields=["actor_id", "-id"], name="event_by_actor"),
            models.Index(fields=["subject", "subject_id"], name="event_by_subject"),
            models.Index(fields=["occurred_at"], name="event_by_time"),
            models.Index(fields=["reference"], condition=~models.Q(reference=""), name="event_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} by {self.actor_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly("Ledger events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerIsAppendOnly("Ledger events are never deleted.")


class Job(models.Model):
    """Work for Celery, written in the transaction of its cause and leased by whoever runs it."""

    task = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict, help_text="Ids only, never secrets.")
    key = models.CharField(max_length=128, unique=True, help_text="One job for one cause, however often asked.")
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0, help_text="How often somebody began it.")
    done_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True, help_text="When Daypass gave up on it; a person decides.")
    error = models.TextField(blank=True, help_text="Of the last attempt, without secrets.")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(done_at=None, parked_at=None), name="job_waiting_by_due"
            ),
            models.Index(fields=["done_at"], condition=~models.Q(done_at=None), name="job_done"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.key}"


class Duty(models.Model):
    """When a periodic duty of Celery's was last done. Kept within seconds of the truth, not to the second."""

    name = models.CharField(max_length=64, primary_key=True, help_text="Its name in Celery's beat_schedule.")
    done_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """What the audit found unusual or incomplete in an issued session, or in a refusal that never became one."""

    class Kind(models.TextChoices):
        INCOMPLETE = "incomplete", "Incomplete record"
        FIRST_USE = "first_use", "First use of this role by this person"
        NEW_NETWORK = "new_network", "New network"
        BURST = "burst", "Many sessions in a short time"
        REFUSED_STREAK = "refused_streak", "Several refusals in a row"
        ABANDONED = "abandoned", "Asked for, fate unknown"
        PROVIDER = "provider", "Identity provider needs attention"
        REUSED = "address_reused", "Address with a new owner"
        UNGUARDED = "ledger_unguarded", "Ledger could be changed"

    session_id = models.UUIDField(null=True, db_index=True)
    event_id = models.BigIntegerField(null=True, help_text="The ledger event, where there is no session.")
    person = models.CharField(max_length=254, blank=True, help_text="What the person was called then.")
    kind = models.CharField(max_length=32, choices=Kind)
    text = models.CharField(max_length=300)
    found_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, help_text="When people were told by mail or webhook.")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            # A job that runs twice finds the same thing once.
            models.UniqueConstraint(fields=["session_id", "kind"], name="finding_once"),
            models.UniqueConstraint(fields=["event_id", "kind"], name="finding_once_per_event"),
            models.CheckConstraint(
                condition=models.Q(session_id=None, event_id__isnull=False)
                | models.Q(session_id__isnull=False, event_id=None),
                name="finding_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"

    @property
    def title(self) -> str:
        return self.get_kind_display()
