"""The command that shows whether credentials work, for whoever was just given some."""

from django.conf import settings


def next_command(profile: str = "", *, region: str = "") -> str:
    """Return it for a profile, or for the environment without one; in the demo it asks the local AWS.

    ``region`` is for what has none of its own: without any, the AWS CLI asks nobody.
    """
    options = {"profile": profile, "region": region, "endpoint-url": settings.DAYPASS_SIGNIN_ENDPOINT}
    return " ".join(["aws sts get-caller-identity", *(f"--{name} {value}" for name, value in options.items() if value)])
