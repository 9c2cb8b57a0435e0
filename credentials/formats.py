"""Credentials as text that a tool or a shell reads. Pure.

None of these formats can escape every character safely, and a line break in a credentials file can start a profile
that runs a program. So nothing is escaped: each value must match an allow-list, or nothing is written at all
(AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; credential_process: "Process credentials").
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from credentials.secret import Credentials

PROFILE: Final = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]")
# AWS promises no shape of a secret or a token, only that of a key's name (STS API reference, "Credentials"). Base64 in
# either alphabet and tokens of three parts are let through: no shell and no file format gives a meaning to these.
ACCESS_KEY_ID: Final = re.compile(r"[A-Za-z0-9_]{1,128}")
SECRET_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9/+=._-]{1,256}")
SESSION_TOKEN: Final = re.compile(r"[A-Za-z0-9/+=._-]{1,16384}")
ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")

# What else could win over the new values: boto3 takes a stale AWS_SECURITY_TOKEN for the session token, and a profile
# that does not exist stops every command.
STALE: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN")


# Given a profile's name, or nothing for the environment, the command to run next.
Command = Callable[[str], str]


class Unwritable(ValueError):
    """A value has a character that these formats cannot carry safely. Names the value, never shows it."""


@dataclass(frozen=True, repr=False)
class Delivery:
    """The secret and what goes with it; ``region`` may be empty. Its text forms are in KINDS."""

    credentials: Credentials
    profile: str
    region: str
    account_id: str

    def __repr__(self) -> str:
        return f"<Delivery of {self.account_id}, hidden>"

    @property
    def expires_at(self) -> str:
        return self.credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, repr=False)
class Format:
    """One text form: what the page calls it, its text, the name of the file it may be saved as, what in it is secret,
    and the command that shows whether it works."""

    slug: str
    label: str
    note: str
    text: str
    filename: str
    secrets: tuple[str, ...] = ()
    command: str = ""

    def __repr__(self) -> str:
        return f"<Format {self.slug}, hidden>"


def formats_of(
    credentials: Credentials, *, profile: str, region: str, account_id: str, name: str, command: Command
) -> list[Format]:
    """Return every form, the most useful first; raise Unwritable if any value could break one of them.

    ``name`` tells files of several roles apart; ``command`` gives what to run next, for a profile or without one.
    """
    delivery = Delivery(credentials, profile, region, account_id)
    _check(delivery)
    secrets = (credentials.secret_access_key, credentials.session_token)
    next_of = {Tried.BY_PROFILE: command(profile), Tried.BY_ENVIRONMENT: command(""), Tried.BY_TOOL: ""}
    return [
        Format(
            kind.slug, kind.label, kind.told(name), kind.write(delivery), kind.file(name), secrets, next_of[kind.tried]
        )
        for kind in KINDS
    ]


def _check(delivery: Delivery) -> None:
    secret = delivery.credentials
    values = (
        ("profile name", PROFILE, delivery.profile),
        ("region", REGION, delivery.region or "us-east-1"),
        ("account ID", ACCOUNT_ID, delivery.account_id),
        ("access key ID", ACCESS_KEY_ID, secret.access_key_id),
        ("secret access key", SECRET_ACCESS_KEY, secret.secret_access_key),
        ("session token", SESSION_TOKEN, secret.session_token),
    )
    for what, allowed, value in values:
        if not allowed.fullmatch(value):
            raise Unwritable(f"The {what} holds a character that cannot be written safely.")


def _variables(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the environment by name. Both region variables: boto3 reads only the second, most SDKs only the first."""
    secret = delivery.credentials
    region = [(name, delivery.region) for name in ("AWS_REGION", "AWS_DEFAULT_REGION") if delivery.region]
    return [
        ("AWS_ACCESS_KEY_ID", secret.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", secret.secret_access_key),
        ("AWS_SESSION_TOKEN", secret.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", delivery.expires_at),
        *region,
    ]


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _ini(delivery: Delivery) -> str:
    secret = delivery.credentials
    return _lines(
        [
            f"[{delivery.profile}]",
            f"aws_access_key_id = {secret.access_key_id}",
            f"aws_secret_access_key = {secret.secret_access_key}",
            f"aws_session_token = {secret.session_token}",
            *([f"region = {delivery.region}"] if delivery.region else []),
        ]
    )


def blank_first(lines: Iterable[str]) -> str:
    """Begin each line with a blank: to a shell each pasted line can be a command of its own."""
    return _lines(f" {line}" for line in lines)


def _posix(delivery: Delivery) -> str:
    given = (f"export {name}='{value}'" for name, value in _variables(delivery))
    return blank_first([f"unset {' '.join(STALE)}", *given])


def _fish(delivery: Delivery) -> str:
    # set -e fails softly for what is not set; the last line's status is the block's.
    given = (f"set -gx {name} '{value}'" for name, value in _variables(delivery))
    return blank_first([*(f"set -e {name}" for name in STALE), *given])


def _powershell(delivery: Delivery) -> str:
    stale = [f"Remove-Item Env:{name} -ErrorAction SilentlyContinue" for name in STALE]
    return _lines([*stale, *(f"$Env:{name}='{value}'" for name, value in _variables(delivery))])


def _cmd(delivery: Delivery) -> str:
    # Quotes outside the assignment, or a blank at the end of the line would become part of the value.
    cleared = [(name, "") for name in STALE]
    return _lines(f'set "{name}={value}"' for name, value in [*cleared, *_variables(delivery)])


def _nushell(delivery: Delivery) -> str:
    stale = [f"hide-env --ignore-errors {name}" for name in STALE]
    return blank_first([*stale, *(f"$env.{name} = '{value}'" for name, value in _variables(delivery))])


def _process(delivery: Delivery) -> str:
    """Return the answer that an AWS SDK expects of a credential_process."""
    secret = delivery.credentials
    answer = {
        "Version": 1,
        "AccessKeyId": secret.access_key_id,
        "SecretAccessKey": secret.secret_access_key,
        "SessionToken": secret.session_token,
        "Expiration": delivery.expires_at,
        "AccountId": delivery.account_id,
    }
    return json.dumps(answer, indent=2) + "\n"


class Tried(Enum):
    """How a command meets the credentials once the text is where the page says."""

    BY_PROFILE, BY_ENVIRONMENT, BY_TOOL = range(3)


@dataclass(frozen=True)
class Kind:
    """One form as it is for everybody; ``ending`` is that of its file's name, which ``{file}`` in the note means."""

    slug: str
    label: str
    note: str
    write: Callable[[Delivery], str]
    ending: str
    tried: Tried = Tried.BY_ENVIRONMENT

    def file(self, name: str) -> str:
        """Return a name that no tool reads by itself: saved among AWS's own files, it takes the place of none."""
        return f"aws-{name}.{self.ending}"

    def told(self, name: str) -> str:
        return self.note.replace("{file}", self.file(name))


# What a shell keeps of a paste: tests/credentials/test_history.py tries it, but for Nushell (its book, "Configuration",
# history.ignore_space_prefixed) and PowerShell (about_PSReadLine, "Command history").
POSIX: Final = (
    "Paste into the shell you work in. Each line begins with a blank: bash with HISTCONTROL=ignoreboth, as on Debian, "
    "and zsh with HIST_IGNORE_SPACE keep none of them in their history. "
    "Any other: save the file, then . ~/Downloads/{file}"
)
FISH: Final = (
    "What is pasted stays in fish's history, unless you started it with fish --private. "
    "Save the file, then source ~/Downloads/{file}"
)
POWERSHELL: Final = (
    "Paste into the PowerShell window you work in. If its history must not keep it, paste this before: "
    "Set-PSReadLineOption -HistorySaveStyle SaveNothing"
)
NUSHELL: Final = "Paste into the shell you work in. Each line begins with a blank, so Nushell's history keeps none."
TO_FILE: Final = (
    "Put it into ~/.aws/credentials (Windows: %UserProfile%\\.aws\\credentials), in place of the profile if it is "
    "there: the same one twice breaks the file. Or leave the download where it is, and let AWS_SHARED_CREDENTIALS_FILE "
    "name it."
)
KINDS: Final = (
    Kind("credentials-file", "Credentials file", TO_FILE, _ini, "ini", Tried.BY_PROFILE),
    Kind("bash", "bash or zsh", POSIX, _posix, "sh"),
    Kind("fish", "fish", FISH, _fish, "fish"),
    Kind("powershell", "PowerShell", POWERSHELL, _powershell, "ps1"),
    Kind("cmd", "Command Prompt", "Paste into the Command Prompt you work in.", _cmd, "cmd"),
    Kind("nushell", "Nushell", NUSHELL, _nushell, "nu"),
    Kind("json", "JSON", "The form that an AWS SDK expects of a credential_process.", _process, "json", Tried.BY_TOOL),
)
SLUGS: Final = tuple(kind.slug for kind in KINDS)
