"""The Condition element of a policy.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued
context keys". An operator that is not known here raises, and the caller fails closed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

Context = Mapping[str, tuple[str, ...]]  # lower-case key -> values
Test = Callable[[str, str], bool]  # (value in the request, value in the policy)

VARIABLE = re.compile(r"\$\{([^}]*)\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}


class UnknownOperatorError(Exception):
    """The policy uses an operator that this evaluation does not know."""


def wildcard(pattern: str, value: str, *, context: Context, ignore_case: bool = False) -> bool:
    """Whether ``value`` matches ``pattern`` with ``*``, ``?`` and ``${policy variables}``."""
    expression = _expression(pattern, context)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return expression is not None and re.fullmatch(expression, value, flags) is not None


def _expression(pattern: str, context: Context) -> str | None:
    """The pattern as a regular expression; None when it uses a variable that the request lacks."""
    parts: list[str] = []
    for number, piece in enumerate(VARIABLE.split(pattern)):
        text = piece if number % 2 == 0 else _variable(piece, context)
        if text is None:
            return None
        parts.append(re.escape(text) if number % 2 else _wild(text))
    return "".join(parts)


def _wild(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")


def _variable(name: str, context: Context) -> str | None:
    if name in LITERALS:
        return LITERALS[name]
    name, _, default = (part.strip() for part in name.partition(","))
    values = context.get(name.lower(), ())
    return values[0] if len(values) == 1 else (default.strip("'") or None)


def _date(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ordered(parse: Callable[[str], float | datetime], accept: Callable[[int], bool]) -> Test:
    def test(actual: str, expected: str) -> bool:
        try:
            left, right = parse(actual), parse(expected)
        except ValueError:
            return False
        return accept((left > right) - (left < right))  # type: ignore[operator]  # both sides come from one parser

    return test


def _in_network(actual: str, expected: str) -> bool:
    try:
        return ip_address(actual) in ip_network(expected, strict=False)
    except ValueError:
        return False


def _arn_like(actual: str, expected: str) -> bool:
    left, right = actual.split(":", 5), expected.split(":", 5)
    return len(left) == len(right) == 6 and all(
        wildcard(pattern, value, context={}) for value, pattern in zip(left, right, strict=True)
    )


def _equal(actual: str, expected: str) -> bool:
    return actual == expected


def _equal_ignoring_case(actual: str, expected: str) -> bool:
    return actual.casefold() == expected.casefold()


def _orders(kind: str, parse: Callable[[str], float | datetime]) -> dict[str, Test]:
    accepts: dict[str, Callable[[int], bool]] = {
        "Equals": lambda sign: sign == 0,
        "LessThan": lambda sign: sign < 0,
        "LessThanEquals": lambda sign: sign <= 0,
        "GreaterThan": lambda sign: sign > 0,
        "GreaterThanEquals": lambda sign: sign >= 0,
    }
    return {kind + name: _ordered(parse, accept) for name, accept in accepts.items()}


# StringLike stands apart: its pattern may hold variables.
TESTS: dict[str, Test] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "Bool": _equal_ignoring_case,
    "ArnEquals": _arn_like,  # AWS evaluates ArnEquals exactly like ArnLike
    "ArnLike": _arn_like,
    "IpAddress": _in_network,
    **_orders("Numeric", float),
    **_orders("Date", _date),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
}


def holds(condition: Mapping[str, Mapping[str, tuple[str, ...]]], context: Context) -> bool:
    """Whether every operator and key of the condition holds. Raises UnknownOperatorError."""
    # All of them first, so that an unknown operator is found even when an earlier one already fails.
    found = [_holds(name, key, wanted, context) for name, keys in condition.items() for key, wanted in keys.items()]
    return all(found)


def _holds(name: str, key: str, expected: tuple[str, ...], context: Context) -> bool:
    qualifier, _, operator = name.rpartition(":")
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = operator in NEGATED
    matches = _matcher(NEGATED.get(operator, operator), expected, context)
    actual = context.get(key.lower())
    if operator == "Null":
        return _equal_ignoring_case(expected[0], str(actual is None))
    if qualifier == "ForAllValues":
        return all(matches(value) != negated for value in actual or ())
    if qualifier == "ForAnyValue":
        return any(matches(value) != negated for value in actual or ())
    if qualifier:
        raise UnknownOperatorError(name)
    if actual is None:
        return optional or negated
    return any(map(matches, actual)) != negated


def _matcher(operator: str, expected: tuple[str, ...], context: Context) -> Callable[[str], bool]:
    if operator == "StringLike":
        return lambda value: any(wildcard(pattern, value, context=context) for pattern in expected)
    if operator == "Null":
        return lambda _value: False
    if operator not in TESTS:
        raise UnknownOperatorError(operator)
    test = TESTS[operator]
    filled = [text for text in (_filled(item, context) for item in expected) if text is not None]
    return lambda value: any(test(value, item) for item in filled)


def _filled(text: str, context: Context) -> str | None:
    """The policy's value with its variables replaced; None when one is missing."""
    pieces = VARIABLE.split(text)
    values = [piece if n % 2 == 0 else _variable(piece, context) for n, piece in enumerate(pieces)]
    return None if None in values else "".join(filter(None, values))
