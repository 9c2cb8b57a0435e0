"""Allow-lists for everything an administrator types and AWS or a mapping will read.

botocore checks only minimum lengths, so each rule of the STS and IAM API references stands here (facts: IAM user guide,
"IAM and AWS STS quotas"; STS API reference, AssumeRole).
"""

import json
import re
from typing import Any

from django.core.exceptions import ValidationError

from portal import documents
from portal.names import DOMAIN, hint
from portal.texts import REFUSED

PARTITIONS = {
    "aws": "AWS",
    "aws-cn": "AWS China",
    "aws-us-gov": "AWS GovCloud (US)",
    "aws-eusc": "AWS European Sovereign Cloud",
}
ACCOUNT_ID = re.compile(r"[0-9]{12}")
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
ROLE_ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::([0-9]{12}):role(/(?:[\x21-\x7e]{1,510}/)?)([\w+=,.@-]{1,64})",
    re.ASCII,
)
POLICY_ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::([0-9]{12}|aws):policy/[\x21-\x7e]{1,512}", re.ASCII
)
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]")
TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
POLICY_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]+")
POLICY_LENGTH, POLICY_ARNS, TAGS = 2048, 10, 50

PROVIDER = r"[a-z][a-z0-9-]{0,31}"
# As accounts.principals makes them, in ASCII and small letters: any other is one that nobody holds.
ADDRESS = re.compile(r"[^\s@:,/\\A-Z\x00-\x1f\x7f-\U0010ffff]{1,64}@[a-z0-9.-]{1,253}")
GROUP = re.compile(rf"{PROVIDER}:[^{REFUSED}]{{1,400}}")
SUBJECT = re.compile(rf"{PROVIDER}:[^{REFUSED}]{{1,255}}")


def whole(pattern: re.Pattern[str], value: str, sentence: str) -> None:
    if not pattern.fullmatch(value):
        raise ValidationError(sentence)


def account_id(value: str) -> None:
    whole(ACCOUNT_ID, value, "Write the 12 digits of the AWS account, without dashes.")


def role_arn(value: str) -> None:
    whole(ROLE_ARN, value, "Write the role's ARN as AWS shows it: arn:aws:iam::111122223333:role/Name.")


def external_id(value: str) -> None:
    whole(EXTERNAL_ID, value, "Use 2 to 1224 letters, digits or any of + = , . @ : / - and _.")


def region(value: str) -> None:
    whole(REGION, value, "Write a region such as eu-west-1.")


def session_policy(value: str) -> None:
    """Refuse what STS refuses: no JSON object, a foreign character, more than 2048 characters."""
    if len(value) > POLICY_LENGTH or not POLICY_CHARACTERS.fullmatch(value):
        raise ValidationError(f"A session policy has at most {POLICY_LENGTH} characters, none beyond Latin-1.")
    try:
        document = documents.read(value)
    except json.JSONDecodeError as error:
        raise ValidationError(f"This is not JSON: {error.msg} in line {error.lineno}.") from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise ValidationError('A session policy is a JSON object with "Version" and "Statement".')


def policy_arns(value: Any) -> None:
    if not isinstance(value, list) or len(value) > POLICY_ARNS:
        raise ValidationError(f"Write a list of at most {POLICY_ARNS} policy ARNs.")
    for item in value:
        whole(POLICY_ARN, str(item), f"{item} is not the ARN of a managed policy.")


def session_tags(value: Any) -> None:
    if not isinstance(value, dict) or len(value) > TAGS:
        raise ValidationError(f'Write at most {TAGS} tags as {{"key": "value"}}.')
    if len({str(key).casefold() for key in value}) < len(value):
        raise ValidationError("Two tag keys differ only in case, which AWS takes for the same key.")
    for key, item in value.items():
        if not TAG_KEY.fullmatch(key) or key.casefold().startswith("aws:"):
            raise ValidationError(f"{key} is not a tag key: letters, digits, blanks and . : / = + @ - _, not aws:.")
        if not isinstance(item, str) or not (item in TAG_SOURCES or TAG_VALUE.fullmatch(item)):
            raise ValidationError(f"The value of {key} must be text of letters, digits, blanks and . : / = + @ - _.")


# A tag's value is either literal or exactly one of these words, filled in at issue. No templating on typed text.
TAG_SOURCES = {"{email}", "{provider}", "{subject}"}


def principal(value: str) -> None:
    """Accept ``user:``, ``group:<provider>:``, ``subject:<provider>:`` and ``domain:`` as sign-ins carry them."""
    kind, _, name = value.partition(":")
    rule = {"user": ADDRESS, "domain": DOMAIN, "group": GROUP, "subject": SUBJECT}.get(kind)
    if rule is None or not rule.fullmatch(name):
        script = hint(name.rpartition("@")[2]) if kind in {"user", "domain"} else ""
        raise ValidationError(
            script
            or "Write user:alice@example.com, group:adfs:AWS-Admins (provider, then the group exactly as it is "
            "sent), subject:facebook:10215241773831025 (provider, then its id of the person) or domain:example.com. "
            "Addresses and domains in small letters."
        )
