"""What a person may choose when they take a role, each by allow-list."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from audit.record import cleanse
from credentials.aws import known_regions
from credentials.console import SERVICES
from credentials.formats import PROFILE, SLUGS
from credentials.partitions import PARTITIONS
from credentials.wish import Maximum, Wish
from portal.texts import one_line
from roles.durations import LONGEST, SHORTEST, in_words
from roles.models import Role

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
CHOSEN: Final = ("duration", "reason", "profile", "region", "destination")
OFFERED = (900, 1800, 3600, 7200, 14400, 28800, 43200)
profile_name = RegexValidator(
    rf"\A{PROFILE.pattern}\Z", "Use 1 to 64 letters without accents, digits or any of . _ @ and -."
)


class TakeForm(forms.Form):
    """What arrives by POST. It knows no role: what depends on one is held against the grant in credentials.wish."""

    duration = forms.IntegerField(required=False, min_value=SHORTEST, max_value=LONGEST, label="Duration")
    reason = forms.CharField(required=False, max_length=300, label="Reason", validators=[one_line])
    profile = forms.CharField(required=False, max_length=64, label="Profile name", validators=[profile_name])
    region = forms.CharField(required=False, label="Region")
    destination = forms.CharField(required=False, label="Open at")
    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    download = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"]
        if region and not any(region in known_regions(partition) for partition in PARTITIONS):
            raise forms.ValidationError("AWS has no such region.")
        return region

    def clean_destination(self) -> str:
        service: str = self.cleaned_data["destination"] or "home"
        if service not in SERVICES:
            raise forms.ValidationError("Choose one of the services.")
        return service

    def clean_download(self) -> str:
        slug: str = self.cleaned_data["download"]
        if slug and slug not in SLUGS:
            raise forms.ValidationError("There is no such format.")
        return slug

    def clean_reason(self) -> str:
        """Mask what looks like a secret: people paste the wrong thing, and the reason is kept."""
        return str(cleanse(self.cleaned_data["reason"]))

    def wish(self, delivery: str) -> Wish:
        """Return the valid form as a wish. The catalog's own buttons send no request key; each is a new request."""
        chosen = self.cleaned_data
        return Wish(
            request_key=chosen["request_key"] or uuid4(),
            delivery=delivery,
            duration=chosen["duration"] or 0,
            region=chosen["region"],
            reason=chosen["reason"],
        )


def chosen_in(data: QueryDict) -> dict[str, Any]:
    """Return what somebody chose in a form that they sent before."""
    return {name: data[name] for name in CHOSEN if data.get(name)}


class RoleForm(TakeForm):
    """The same form as a page shows it for one role, with what there is to choose, and what was ``chosen`` before."""

    def __init__(self, data: Any = None, *, role: Role, maximum: Maximum, chosen: Mapping[str, Any] = NOTHING) -> None:
        initial = {
            "duration": min(role.default_duration, maximum.seconds),
            "region": role.region,
            **chosen,
            "request_key": uuid4(),
        }
        super().__init__(data, initial=initial)
        regions = [("", "No region"), *((region, region) for region in known_regions(role.account.partition))]
        self._offer("duration", [(seconds, in_words(seconds)) for seconds in _durations(role, maximum)])
        self._offer("region", regions)
        self._offer("destination", [(key, label) for key, (label, _, _) in SERVICES.items()])
        if role.requires_reason:
            self.fields["reason"].required = True
        else:
            del self.fields["reason"]
        del self.fields["download"]

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        self.fields[name].widget = forms.Select(choices=choices)


def _durations(role: Role, maximum: Maximum) -> list[int]:
    """Return the usual durations within the limit, the role's own usual one and the limit itself, shortest first."""
    usual = min(role.default_duration, maximum.seconds)
    return sorted({seconds for seconds in OFFERED if seconds <= maximum.seconds} | {usual, maximum.seconds})
