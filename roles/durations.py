"""Seconds of a session: the limits that AWS sets, and how people read them."""

from typing import Final

from django.template.defaultfilters import pluralize

SHORTEST: Final = 900  # AssumeRole and AssumeRoleWithWebIdentity: 15 minutes
LONGEST: Final = 43200  # IAM's upper bound of a role's MaxSessionDuration: 12 hours
LONGEST_CHAINED: Final = 3600  # role chaining: 1 hour, whatever the role allows
USUAL: Final = 3600  # AWS's default where nothing is asked


def in_words(seconds: int) -> str:
    """Return for example ``45 minutes``, ``1 hour``, ``1 hour 30 minutes``; seconds below a minute are dropped."""
    hours, minutes = divmod(seconds // 60, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(f"{n} {word}{pluralize(n)}" for n, word in parts if n) or "0 minutes"
