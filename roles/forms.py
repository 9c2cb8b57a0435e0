"""How an administrator writes the catalog: durations in words, the account from the ARN, plain messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest

from accounts.sessions import current_sign_in
from portal import documents
from roles.administration import PlainForm
from roles.durations import LONGEST, SHORTEST, in_words
from roles.lockout import LAST_ADMINISTRATOR, keeps_administrator
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from roles.validators import ROLE_ARN

CODE: Final = {"class": "vLargeTextField code", "rows": 4, "spellcheck": "false"}
OFFERED: Final = (SHORTEST, 1800, 2700, 3600, 5400, 7200, 10800, 14400, 21600, 28800, 36000, LONGEST)


class DurationField(forms.TypedChoiceField):
    """Seconds, chosen in words."""

    def __init__(self, *, empty: str = "", **kwargs: Any) -> None:
        self.empty = empty
        super().__init__(coerce=int, empty_value=None, required=not empty, choices=self.offer(None), **kwargs)

    def offer(self, present: int | None) -> list[tuple[Any, str]]:
        """Return the choices; what the row holds already stays possible."""
        seconds = sorted({*OFFERED, *([present] if present else [])})
        return ([("", self.empty)] if self.empty else []) + [(n, in_words(n)) for n in seconds]


class Moment(forms.DateTimeInput):
    """The browser's own picker, by the minute; seconds show only where a row holds some, so that none get lost."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S" if value.second else "%Y-%m-%dT%H:%M")
        return value or None


class JsonField(forms.JSONField):
    """JSON that somebody typed; what cannot be read is said to be none, whyever."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "decoder": documents.Decoder})


class DurationsForm(PlainForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, DurationField):
                field.choices = field.offer(getattr(self.instance, name, None))


class AwsAccountForm(PlainForm):
    class Meta:
        model = AwsAccount
        fields = ("account_id", "name", "environment", "partition")
        error_messages: Final = {"account_id": {"unique": "This AWS account is in the catalog already."}}


class RoleForm(DurationsForm):
    max_duration = DurationField(
        label="Longest session",
        help_text="No longer than the role's own maximum session duration in IAM.",
        initial=3600,
    )
    default_duration = DurationField(label="Usual session", help_text="What the form offers first.", initial=3600)

    class Meta:
        model = Role
        fields = "__all__"  # the administration edits the whole role, and only that
        field_classes: Final = {"session_tags": JsonField, "policy_arns": JsonField}
        widgets: Final = {"session_policy": forms.Textarea(attrs={**CODE, "rows": 8})}
        help_texts: Final = {
            "method": "Web identity sends what the provider gave the person: their ID token, or at Facebook and Amazon "
            "their access token."
        }
        error_messages: Final = {
            "arn": {"unique": "This role is in the catalog already."},
            "session_tags": {"invalid": 'This is not JSON. Write for example {"team": "payments"}.'},
            "policy_arns": {
                "invalid": 'This is not JSON. Write for example ["arn:aws:iam::aws:policy/ReadOnlyAccess"].'
            },
            NON_FIELD_ERRORS: {"unique_together": "This AWS account has a role of this name already."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "account" in self.fields:
            self.fields["account"].required = False
            self.fields["account"].help_text = "May stay empty: the ARN says it."

    def clean(self) -> dict[str, Any]:
        """Take the account from the ARN where none was chosen."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        match = ROLE_ARN.fullmatch(cleaned.get("arn") or "")
        if match and "account" in self.fields and not cleaned.get("account"):
            cleaned["account"] = AwsAccount.objects.filter(account_id=match.group(2)).first()
            if cleaned["account"] is None:
                self.add_error("account", f"AWS account {match.group(2)} is not in the catalog yet. Add it first.")
        return cleaned


PRINCIPALS: Final = (
    "user:alice@example.com, group:adfs:AWS-Admins, domain:example.com or, where a provider vouches for no address, "
    "subject:facebook:10215241773831025"
)


class RoleMappingForm(DurationsForm):
    max_duration = DurationField(
        label="Longest session", empty="As the role", help_text="Shorter than the role's own, for these people."
    )

    valid_from = forms.DateTimeField(label="From (UTC)", required=False, widget=Moment, help_text="Empty: from now on.")
    valid_until = forms.DateTimeField(
        label="Until (UTC)", required=False, widget=Moment, help_text="Empty: until it is removed."
    )

    class Meta:
        model = RoleMapping
        fields = ("role", "principal", "valid_from", "valid_until", "max_duration", "note")
        help_texts: Final = {"principal": PRINCIPALS}
        error_messages: Final = {
            NON_FIELD_ERRORS: {"unique_together": "This principal is mapped to this role already."}
        }
        widgets: Final = {"principal": forms.TextInput(attrs={"list": "principals", "size": 44, "spellcheck": "false"})}


class PortalRoleMappingForm(PlainForm):
    request: HttpRequest  # the administration sets it

    class Meta:
        model = PortalRoleMapping
        fields = ("principal", "portal_role", "note")
        help_texts: Final = {"principal": PRINCIPALS}
        error_messages: Final = {NON_FIELD_ERRORS: {"unique_together": "This principal has this portal role already."}}
        widgets: Final = {"principal": forms.TextInput(attrs={"list": "principals", "size": 44, "spellcheck": "false"})}

    def clean(self) -> dict[str, Any]:
        """Refuse a change by which whoever makes it would stop being administrator."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        stored = PortalRoleMapping.objects.filter(pk=self.instance.pk).first()
        changed = stored and any(cleaned.get(name) != getattr(stored, name) for name in ("principal", "portal_role"))
        if changed and not keeps_administrator(current_sign_in(self.request), without=[self.instance]):
            raise forms.ValidationError(LAST_ADMINISTRATOR)
        return cleaned
