"""JSON from outside, read in one way: it is a value, or a ValueError.

Python's reader has three more ways to fail: brackets that are nested by the thousand exhaust it, a number of 5,000
digits is an error of another kind than a missing comma, and NaN is taken for a number. Databases take none of these.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn


def _no_such_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class Decoder(json.JSONDecoder):
    """For whoever asks ``json`` itself, and knows of no other error than its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_constant": _no_such_number})

    def decode(self, s: str, *args: Any) -> Any:
        """Return the value; raise JSONDecodeError, whatever is wrong."""
        try:
            return super().decode(s, *args)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("nested too deep, or a number that is none", "", 0) from error


def read(text: str | bytes) -> Any:
    """Return the value; raise ValueError for what is no JSON, or no UTF-8."""
    return json.loads(text, cls=Decoder)


def parts(value: Any) -> Iterator[tuple[Any, int]]:
    """Give everything in a value, the names of its members included, each with how deep it stands: itself at 1."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        yield item, depth
        if isinstance(item, dict):
            waiting += [(key, depth) for key in item] + [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            waiting += [(inner, depth + 1) for inner in item]
