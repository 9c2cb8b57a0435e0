"""The parameters of STS calls: read from the query protocol, held to the service model's constraints.

Source: botocore's model of STS 2011-06-15 and the AWS STS API reference; ``\\w`` is ASCII, as AWS has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from demo.aws.errors import AwsError, validation_error
from demo.aws.policy import PolicyError, parse

NAME = r"[\w+=,.@-]*"
TAG = re.compile(r"[\w \u00a0\u2000-\u200a\u3000.:/=+\-@]*")  # letters, numbers and spaces of every script
POLICY_CHARACTERS = re.compile(r"[\u0009\u000A\u000D\u0020-\u00FF]+")
LONGEST_POLICY = 2048


@dataclass(frozen=True)
class Text:
    shortest: int
    longest: int
    pattern: str = ""


@dataclass(frozen=True)
class Number:
    least: int
    most: int


Rule = Text | Number
ARN = Text(20, 2048)
SESSION_NAME = Text(2, 64, NAME)
RULES: Mapping[str, Rule] = {
    "RoleArn": ARN,
    "RoleSessionName": SESSION_NAME,
    "SourceIdentity": SESSION_NAME,
    "Name": Text(2, 32, NAME),
    "ExternalId": Text(2, 1224, r"[\w+=,.@:\/-]*"),
    "Policy": Text(1, LONGEST_POLICY),
    "WebIdentityToken": Text(4, 20000),
    "ProviderId": Text(4, 2048),
    "SerialNumber": Text(9, 256, r"[\w+=/:,.@-]*"),
    "TokenCode": Text(6, 6, r"[\d]*"),
    "AccessKeyId": Text(16, 128, r"[\w]*"),
    "DurationSeconds": Number(900, 43200),
    "MinimumSessionTokenSize": Number(0, 4096),
}
# Values that are never repeated in a message.
HIDDEN = {"WebIdentityToken", "TokenCode"}


def validate(form: Mapping[str, str], *, required: tuple[str, ...], rules: Mapping[str, Rule] | None = None) -> None:
    """Raise ValidationError that names every broken constraint, as AWS does."""
    known = {**RULES, **(rules or {})}
    broken = [_fault(name, form.get(name), "Member must not be null") for name in required if name not in form]
    for name, rule in known.items():
        if name in form:
            broken += [_fault(name, form[name], text) for text in _broken(form[name], rule)]
    if broken:
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise validation_error(f"{count}: {'; '.join(broken)}")


def _fault(name: str, value: str | None, constraint: str) -> str:
    shown = "null" if value is None else "'***'" if name in HIDDEN else f"'{value}'"
    return f"Value {shown} at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: {constraint}"


def _broken(value: str, rule: Rule) -> list[str]:
    return _broken_number(value, rule) if isinstance(rule, Number) else _broken_text(value, rule)


def _broken_number(value: str, rule: Number) -> list[str]:
    if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return ["Member must be an integer"]
    if int(value) < rule.least:
        return [f"Member must have value greater than or equal to {rule.least}"]
    return [f"Member must have value less than or equal to {rule.most}"] if int(value) > rule.most else []


def _broken_text(value: str, rule: Text) -> list[str]:
    found = []
    if len(value) < rule.shortest:
        found.append(f"Member must have length greater than or equal to {rule.shortest}")
    if len(value) > rule.longest:
        found.append(f"Member must have length less than or equal to {rule.longest}")
    if rule.pattern and not re.fullmatch(rule.pattern, value, re.ASCII):
        found.append(f"Member must satisfy regular expression pattern: {rule.pattern}")
    return found


def source_identity(value: str) -> str:
    if value.lower().startswith("aws:"):
        raise validation_error("SourceIdentity must not start with the reserved prefix aws:")
    return value


def members(form: Mapping[str, str], name: str) -> list[str]:
    """A list of the query protocol: ``name.member.1`` and so on."""
    numbers = sorted(int(m[1]) for key in form if (m := re.fullmatch(rf"{name}\.member\.(\d+)", key)))
    return [form[f"{name}.member.{number}"] for number in numbers]


def _records(form: Mapping[str, str], name: str) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        match = re.fullmatch(rf"{name}\.member\.(\d+)\.(\w+)", key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def tags(form: Mapping[str, str]) -> dict[str, str]:
    return check_tags([(record.get("Key", ""), record.get("Value", "")) for record in _records(form, "Tags")])


def check_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Session tags: at most 50, keys unique whatever their case, no ``aws:`` keys. Raises ValidationError."""
    if len(pairs) > 50:
        raise _too_many("tags", 50)
    for key, value in pairs:
        if not 1 <= len(key) <= 128 or len(value) > 256 or not TAG.fullmatch(key) or not TAG.fullmatch(value):
            raise validation_error(f"Invalid tag: key '{key}' or its value breaks length or alphabet.")
        if key.lower().startswith("aws:"):
            raise validation_error("Tag keys beginning with aws: are reserved.")
    if len({key.lower() for key, _ in pairs}) != len(pairs):
        raise AwsError(
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    return dict(pairs)


def _too_many(name: str, most: int) -> AwsError:
    constraint = f"Member must have length less than or equal to {most}"
    return validation_error(
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {constraint}"
    )


def policy_arns(form: Mapping[str, str]) -> list[str]:
    found = [record.get("arn", "") for record in _records(form, "PolicyArns")]
    if len(found) > 10:
        raise _too_many("policyArns", 10)
    return found


def session_policy(form: Mapping[str, str]) -> str | None:
    """The inline session policy. Raises MalformedPolicyDocument."""
    text = form.get("Policy")
    if text is None:
        return None
    if not POLICY_CHARACTERS.fullmatch(text):
        raise AwsError("MalformedPolicyDocument", "The policy contains characters outside U+0009-U+00FF.")
    try:
        parse(text)
    except PolicyError as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from None
    return text
