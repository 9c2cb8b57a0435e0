"""What an auditor may filter by. Every filter is answered by an index, also with a million rows."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet

from accounts.models import User
from audit.models import Event
from audit.tags import Tag
from credentials.models import IssuedSession
from roles.models import Role

MOST_PEOPLE, MOST_ROLES, MOST_SESSIONS = 200, 2000, 200
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATES = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31))]


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    words = {"invalid": "Write a day such as 2026-11-23."}
    return forms.DateField(label=label, required=False, validators=DATES, widget=widget, error_messages=words)


def _words(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=254, **options)


class Filters(forms.Form):
    """Filters that sessions and events share; an empty one asks for everything."""

    person = _words("Person")
    since = _day("From")
    until = _day("To")
    reference = _words("Reference")

    def chosen(self) -> dict[str, str]:
        """Return what was filled in, for the ledger."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value not in ("", None)}

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Return the start of the first day and the end of the last, in UTC."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return since and _midnight(since), until and _midnight(until + timedelta(days=1))

    def people(self) -> list[int]:
        """Return the people that are called so; there are far fewer people than rows."""
        text = self.cleaned_data["person"]
        name, _, identity = text.removesuffix(")").rpartition(" (")  # as accounts.labels puts them together
        labelled = Q(name__icontains=name, username__icontains=identity) if name and identity else Q()
        # What the export calls them, or the id alone.
        identified = Q(username__iexact=text) | Q(username__iendswith=f":{text}")
        called = User.objects.filter(Q(email__icontains=text) | Q(name__icontains=text) | labelled | identified)
        return list(called.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE])


class SessionFilters(Filters):
    role = _words("Role or AWS account")
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any state"), *IssuedSession.State.choices])
    field_order = ("person", "role", "state", "since", "until", "reference")

    def narrow(self, sessions: QuerySet[IssuedSession]) -> QuerySet[IssuedSession]:
        chosen = self.cleaned_data
        since, until = self.moments()
        wanted = {
            "user__in": self.people() if chosen["person"] else None,
            "role__in": self._roles() if chosen["role"] else None,
            "state": chosen["state"] or None,
            "created_at__gte": since,
            "created_at__lt": until,
        }
        found = sessions.filter(**{name: value for name, value in wanted.items() if value is not None})
        return found.filter(_names(chosen["reference"])) if chosen["reference"] else found

    def _roles(self) -> list[int]:
        text = self.cleaned_data["role"]
        called = Q(name__icontains=text) | Q(account__name__icontains=text) | Q(account__account_id=text) | Q(arn=text)
        return list(Role.objects.filter(called).order_by("pk").values_list("pk", flat=True)[:MOST_ROLES])


def _names(text: str) -> Q:
    """Match what a person reads to us, what an export holds, and what CloudTrail shows: name, key id or ARN."""
    session = re.split("[/:]", text)[-1]  # of arn:aws:sts::111122223333:assumed-role/Role/session, or AROA…:session
    named = Q(pk=text) if UUID.fullmatch(text) else Q(session_name=session)
    return Q(reference=text.upper()) | Q(access_key_id=text.upper()) | named


class EventFilters(Filters):
    tag = forms.ChoiceField(label="Event", required=False, choices=[("", "Any event"), *((tag, tag) for tag in Tag)])
    field_order = ("person", "tag", "since", "until", "reference")

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        chosen = self.cleaned_data
        since, until = self.moments()
        wanted = {"tag": chosen["tag"] or None, "occurred_at__gte": since, "occurred_at__lt": until}
        found = events.filter(**{name: value for name, value in wanted.items() if value is not None})
        if until:
            # By key it would walk back through everything later; ids and times run alike, but for a few at once.
            found = found.order_by("-occurred_at", "-pk")
        if chosen["person"]:
            found = found.filter(self._acted())
        if chosen["reference"]:
            about = Q(subject="issued_session", subject_id__in=_sessions(chosen["reference"]))
            # The second half says what the partial index holds, so that SQLite dares to use it.
            marked = Q(reference=chosen["reference"].upper()) & ~Q(reference="")
            found = found.filter(marked | about)
        return found

    def _acted(self) -> Q:
        """Match people by what they are called, and strangers, who have no row, by what they called themselves."""
        stranger = Q(actor_id="", actor_name=self.cleaned_data["person"])
        return Q(actor_id__in=[str(key) for key in self.people()]) | stranger


def _sessions(text: str) -> list[str]:
    """Return the ids of the sessions that are meant; what is none of these may be one itself."""
    keys = IssuedSession.objects.filter(_names(text)).order_by("pk").values_list("pk", flat=True)[:MOST_SESSIONS]
    return [text.lower(), *map(str, keys)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
