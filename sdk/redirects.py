"""Where an authorization code may be carried: to this computer, over loopback, and nowhere else (RFC 8252, 7.3)."""

import re

# By number: "localhost" is a name that somebody may resolve otherwise (RFC 8252, section 8.3). Not ::1, which no
# content policy can name; a browser would stop the form there. AWS's clients listen on 127.0.0.1.
LOOPBACK = re.compile(r"http://(127\.0\.0\.1)(?::([1-9][0-9]{0,4}))?(/[A-Za-z0-9._~/-]*)?", re.ASCII)


def is_loopback(address: str) -> bool:
    found = LOOPBACK.fullmatch(address)
    return bool(found) and int(found.group(2) or 80) < 65_536 if found else False


def without_port(address: str) -> tuple[str, str]:
    """Return host and path; the tool chooses its port when it runs, so registrations name none."""
    found = LOOPBACK.fullmatch(address)
    return (found.group(1), found.group(3) or "/") if found else ("", "")


def is_registered(address: str, registered: list[str]) -> bool:
    """Tell whether it is one of the registered addresses but for the port."""
    return is_loopback(address) and without_port(address) in {without_port(known) for known in registered}
