"""What people type about second factors, and what their browsers send of passkeys."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.second_factor.factors import LONGEST_NAME
from accounts.second_factor.passkeys import PasskeyRefused
from portal import documents
from portal.texts import one_line

LONGEST_CREDENTIAL = 16_000  # characters; real ones have one to five thousand


def digits(count: int, sentence: str) -> RegexValidator:
    return RegexValidator(rf"\A[0-9]{{{count}}}\Z", sentence)


def code_input(**attributes: str) -> forms.TextInput:
    """Return an input for digits: no words are offered for it, and phones show numbers."""
    return forms.TextInput(attrs={"inputmode": "numeric", "spellcheck": "false", "class": "code-input", **attributes})


class DigitsField(forms.CharField):
    """Digits, however they are grouped."""

    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").replace("-", " ").split())


class CodeForm(forms.Form):
    """A code of an authenticator app."""

    code = DigitsField(
        label="Code from your authenticator app",
        max_length=20,
        validators=[digits(6, "Write the six digits that the app shows now.")],
        widget=code_input(autocomplete="one-time-code"),
    )


class RecoveryCodeForm(forms.Form):
    recovery_code = DigitsField(
        label="Recovery code",
        max_length=20,
        validators=[digits(8, "Write the eight digits of one of your recovery codes.")],
        widget=code_input(autocomplete="off"),
    )


class NameForm(forms.Form):
    """What the person calls a factor."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        validators=[one_line],
        help_text="So that you know it again in this list.",
    )


class PasskeyForm(forms.Form):
    """What the browser got from a passkey, as JSON."""

    credential = forms.CharField(max_length=LONGEST_CREDENTIAL, widget=forms.HiddenInput)

    def response(self) -> dict[str, Any]:
        """Return the JSON object; raise PasskeyRefused for anything else."""
        try:
            found = documents.read(self.cleaned_data["credential"]) if self.is_valid() else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise PasskeyRefused("malformed")
        return found


class NewPasskeyForm(NameForm, PasskeyForm):
    """A new passkey and its name."""
