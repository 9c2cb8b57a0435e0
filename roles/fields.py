"""What a mapping names, as a model's field."""

from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.groups import composed

if TYPE_CHECKING:
    Text = models.CharField[str, str]  # generic to the stubs alone
else:
    Text = models.CharField


class PrincipalField(Text):
    """A principal in Unicode NFC, as sign-ins carry it, however it was typed, imported or looked up."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return composed(text) if isinstance(text, str) else text

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # to the database it is nothing else
