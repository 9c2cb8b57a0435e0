"""What people are called on the ledger, in alerts and exports and on pages.

Only an address that a provider vouches for looks like one. A name is free text, and so is a subject at many a
provider: whoever signs in as "alice@example.com" without being her must not be taken for her by who reads the ledger.
"""

import unicodedata
from typing import Final

from portal.texts import plain

BREAK_GLASS: Final = "break-glass:"
LONGEST_NAME, LONGEST_IDENTITY = 80, 160


def label(*, address: str, name: str, identity: str) -> str:
    """Return the vouched address, else the name and, in brackets, the identity (``provider:subject``) behind it."""
    if address:
        return address
    called, marked = without_at(name)[:LONGEST_NAME].strip(), without_at(identity)[:LONGEST_IDENTITY]
    if not called:
        return marked
    return called if identity.startswith(BREAK_GLASS) else f"{called} ({marked})"


def without_at(text: str) -> str:
    """Return the text as a line without anything that is, or is drawn like, an at sign."""
    spelt = (" at " if "@" in unicodedata.normalize("NFKC", letter) else letter for letter in text)
    return plain("".join(spelt)).strip()
