"""What a tool says it is, in words a person knows."""

import re

KNOWN = (
    (re.compile(r"aws-cli/([\w.]+)"), "AWS CLI"),
    (re.compile(r"Boto3/([\w.]+)", re.IGNORECASE), "boto3"),
    (re.compile(r"aws-sdk-js/([\w.]+)"), "AWS SDK for JavaScript"),
    (re.compile(r"aws-sdk-go-v2/([\w.]+)"), "AWS SDK for Go"),
    (re.compile(r"aws-sdk-rust/([\w.]+)"), "AWS SDK for Rust"),
    (re.compile(r"aws-sdk-java/([\w.]+)"), "AWS SDK for Java"),
    (re.compile(r"aws-sdk-dotnet[\w-]*/([\w.]+)", re.IGNORECASE), "AWS SDK for .NET"),
    (re.compile(r"Botocore/([\w.]+)", re.IGNORECASE), "botocore"),
)


def tool_of(user_agent: str) -> str:
    """Return the tool's name and version, such as ``AWS CLI 2.36.7``; its first word when it is none of AWS's.

    Whoever asks can write anything there: it helps to recognise one's own tool and proves nothing.
    """
    for pattern, name in KNOWN:
        if found := pattern.search(user_agent):
            return f"{name} {found.group(1)}"
    return user_agent.split(" ")[0][:40] or "A tool that does not say what it is"
