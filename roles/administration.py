"""What the administration's pages of all rooms have in common."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin, ShowFacets, TabularInline
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.db.models import Model
from django.forms import BaseInlineFormSet, ModelForm
from django.forms.utils import pretty_name
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict

from accounts.unsent import Unsent, keeps_what_is_typed, unsent

if TYPE_CHECKING:  # these classes of Django's take parameters from the stubs alone
    Administered = ModelAdmin[Any]
    AnyRows = BaseInlineFormSet[Any, Any, Any]
    AnyForm = ModelForm[Any]
    Tabular = TabularInline[Any, Any]
else:
    Administered, AnyForm, AnyRows, Tabular = ModelAdmin, ModelForm, BaseInlineFormSet, TabularInline

NOT_SAVED = "Your sign-in ended before this was saved. Look it over, then save it again."
# Password hashes, sealed tokens, and names of sessions that can be signed out by them, of whatever model.
UNASKED = frozenset({"password", "web_identity_token", "refresh_token", "provider_session"})


class PlainForm(AnyForm):
    """Labels without a colon, as everywhere in the portal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class NamedFields(AnyRows):
    """Each field says its name itself: the head of a column labels none for who hears the page."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            field.widget.attrs.setdefault("aria-label", field.label or pretty_name(name))


def as_sent(request: HttpRequest, form: Unsent) -> HttpRequest:
    """Return the request as if the form had just been sent; ``not_saved`` keeps Django from saving it."""
    made = copy(request)
    made.method, made.POST = "POST", form.data  # type: ignore[assignment]  # not immutable, and read alone
    made._files = MultiValueDict()  # type: ignore[attr-defined]  # noqa: SLF001  # else Django reads the body for both
    made.was_sent_before = True  # type: ignore[attr-defined]  # get_form reads it
    return made


def not_saved(form: type[AnyForm]) -> type[AnyForm]:
    """Return the form as one that is never valid, and says why."""

    class NotSaved(form):  # type: ignore[valid-type, misc]  # whichever it is
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(None, NOT_SAVED)
            return cleaned

    return NotSaved


class Inline(Tabular):
    formset = NamedFields


class RowSearch(AutocompleteSelect):
    """Django's search for the row that a field names; it fails over what was sent and names none."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if self._names_a_row(each)], attr)

    def _names_a_row(self, value: str) -> bool:
        try:
            return self.choices.field.to_python(value) is not None
        except ValidationError:
            return False


class Rows(ChangeList):
    """A list of rows; a time that is of no year in UTC is a filter that cannot be, as Django says of most others."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            with transaction.atomic():  # PostgreSQL is the one to refuse some of them
                super().get_results(request)
        except (OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error


class Recorded(Administered):
    """Our ledger and histories remember; Django's own log would be a second memory, and one that can be edited."""

    save_on_top = False
    form = PlainForm
    list_per_page = 100
    show_facets = ShowFacets.NEVER

    def _say_nothing(self, *args: Any) -> None:
        pass

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by no secret: Django lets an address ask for any column of the page's model, letter after letter."""
        return UNASKED.isdisjoint(lookup.split("__")) and super().lookup_allowed(lookup, value, request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row; an empty ``_to_field`` names no column, over which Django fails."""
        return super().get_object(request, object_id, from_field or None)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        return Rows

    def formfield_for_dbfield(self, *args: Any, **kwargs: Any) -> Any:
        """Drop the small buttons beside a choice that add, change or delete what is chosen: that is its own page."""
        field = super().formfield_for_dbfield(*args, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = RowSearch(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @keeps_what_is_typed
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    @keeps_what_is_typed
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what was sent when its sender had to sign in again: as a form that was not saved, with all its rows."""
        waiting = unsent(request.session, form_url or request.path) if request.method == "GET" else None
        may = self.has_change_permission if object_id else self.has_add_permission
        shown = as_sent(request, waiting) if waiting and may(request) else request
        return super().changeform_view(shown, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[AnyForm]:
        form = super().get_form(request, *args, **kwargs)
        return not_saved(form) if hasattr(request, "was_sent_before") else form

    log_addition = log_change = log_deletions = _say_nothing  # type: ignore[assignment]  # nothing logged, none returned


class ReadOnly(Recorded):
    """To look at: no button changes anything here, whoever looks."""

    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
