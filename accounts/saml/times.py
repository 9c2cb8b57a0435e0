"""Moments as SAML writes them: xs:dateTime in UTC (SAML core, section 1.3.3)."""

import re
from datetime import UTC, datetime, timedelta

LEEWAY = timedelta(seconds=60)  # between a provider's clock and ours
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,12})?(?:Z|\+00:00)?", re.ASCII)


def read(value: str | None) -> datetime | None:
    """Return the moment; None for what is not one. A fraction is cut to what Python holds."""
    match = MOMENT.fullmatch(value or "")
    if not match:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}{match[2] or ''}Z")
    except ValueError:
        return None


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
