"""The forms of a page as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

UNTYPED = {"hidden", "submit", "checkbox", "radio", "password", "button", "reset"}


@dataclass
class Form:
    """A form with what its fields hold.

    ``choices`` are the options of its selections, ``typed`` the names of what one writes, ``others`` the addresses that
    buttons of its own send it to.
    """

    action: str
    method: str
    data: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    boxes: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self.open)
        elif self.open is not None:
            getattr(self, f"_{tag}", lambda *_: None)(self.open, told)

    def _input(self, form: Form, told: dict[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", "text")
        if kind == "checkbox":
            form.boxes.add(name)
        if kind not in UNTYPED and told.get("autocomplete") != "one-time-code" and "__prefix__" not in name:
            form.typed.add(name)
        if name and kind != "submit" and (kind not in {"checkbox", "radio"} or "checked" in told):
            form.data[name] = told.get("value", "on" if kind == "checkbox" else "")

    def _button(self, form: Form, told: dict[str, str]) -> None:
        form.others += [told["formaction"]] if "formaction" in told else []

    def _textarea(self, form: Form, told: dict[str, str]) -> None:
        self.within = told.get("name", "")
        form.data[self.within] = ""
        form.typed.add(self.within)

    def _select(self, form: Form, told: dict[str, str]) -> None:
        self.within = told.get("name", "")
        form.choices[self.within] = []

    def _option(self, form: Form, told: dict[str, str]) -> None:
        if self.within not in form.choices:
            return  # of a list of suggestions
        form.choices[self.within].append(told.get("value", ""))
        if "selected" in told or self.within not in form.data:
            form.data[self.within] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.open is not None and self.within and self.within not in self.open.choices:
            self.open.data[self.within] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"textarea", "select"}:
            self.within = ""
        elif tag == "form":
            self.open = None


def forms_of(page: str) -> list[Form]:
    """Return the forms that the page would post, each with its fields as they stand."""
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if form.method == "post"]
