"""One request of a directory, as it is handed through."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from scim2_models import PreconditionFailedException, Resource, ResponseParameters

from accounts.providers import Provider
from accounts.scim.models import Pushed
from audit.record import Actor


@dataclass(frozen=True)
class Call:
    """``base`` is the address of the directory's endpoints, without a slash at the end."""

    request: HttpRequest
    provider: Provider
    actor: Actor
    base: str

    @property
    def slug(self) -> str:
        return self.provider.slug

    def location(self, *parts: object) -> str:
        return "/".join([self.base, *map(str, parts)])

    def shape(self, model: type[Resource[Any]]) -> "ResponseParameters[Any]":
        """Return which attributes the directory wants back (RFC 7644, section 3.9)."""
        wanted = {name: value for name, value in self.query.items() if name in {"attributes", "excludedAttributes"}}
        parameters: Any = ResponseParameters[model]  # type: ignore[valid-type]  # a class, known only now
        found: ResponseParameters[Any] = parameters.model_validate(wanted)
        return found

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query's parameters by name, each once."""
        return {name: values[-1] for name, values in self.request.GET.lists() if values}

    def require(self, row: Pushed) -> None:
        """Refuse to change what has changed since the directory looked (RFC 7644, section 3.14)."""
        expected = self.request.headers.get("If-Match", "").strip()
        if expected and expected != "*" and row.etag not in [tag.strip() for tag in expected.split(",")]:
            raise PreconditionFailedException(detail="It has changed meanwhile; read it again.")

    def has(self, row: Pushed) -> bool:
        """Tell whether the directory holds this very state already."""
        held = [tag.strip() for tag in self.request.headers.get("If-None-Match", "").split(",")]
        return row.etag in held or held == ["*"]
