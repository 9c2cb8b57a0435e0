"""Name the program that a request says it came from, as people know it: Chrome on Linux, AWS CLI 2.36.7.

Whoever asks can write anything there. It helps to recognise one's own sign-in and proves nothing; what no table knows
is shown as its first word. The tables are short on purpose: a browser that is missing is called by its engine.
"""

import re
from typing import Final

LONGEST: Final = 40  # characters of an unknown program's own word
TOOLS: Final = (
    (re.compile(r"aws-cli/([\w.]{1,20})"), "AWS CLI"),
    (re.compile(r"Boto3/([\w.]{1,20})", re.IGNORECASE), "boto3"),
    (re.compile(r"aws-sdk-js/([\w.]{1,20})"), "AWS SDK for JavaScript"),
    (re.compile(r"aws-sdk-go-v2/([\w.]{1,20})"), "AWS SDK for Go"),
    (re.compile(r"aws-sdk-rust/([\w.]{1,20})"), "AWS SDK for Rust"),
    (re.compile(r"aws-sdk-java/([\w.]{1,20})"), "AWS SDK for Java"),
    (re.compile(r"aws-sdk-dotnet[\w-]{0,20}/([\w.]{1,20})", re.IGNORECASE), "AWS SDK for .NET"),
    (re.compile(r"Botocore/([\w.]{1,20})", re.IGNORECASE), "botocore"),
)
# Most of them also name those below, whose pages they want to be given.
BROWSERS: Final = (
    (("Edg/", "EdgA/", "EdgiOS/"), "Edge"),
    (("OPR/", "OPT/"), "Opera"),
    (("SamsungBrowser/",), "Samsung Internet"),
    (("Vivaldi/",), "Vivaldi"),
    (("Firefox/", "FxiOS/"), "Firefox"),
    (("Chrome/", "CriOS/", "Chromium/"), "Chrome"),
    (("Safari/",), "Safari"),
)
SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
)


def program_of(user_agent: str) -> str:
    """Return the program's name; a browser's with its system, a tool's of AWS with its version; "" for none."""
    for pattern, name in TOOLS:
        if found := pattern.search(user_agent):
            return f"{name} {found.group(1)}"
    return _browser(user_agent) or user_agent.split(" ")[0][:LONGEST]


def _browser(user_agent: str) -> str:
    if not user_agent.startswith("Mozilla/"):
        return ""
    name = next((name for marks, name in BROWSERS if any(mark in user_agent for mark in marks)), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{name} on {system}" if system else name
