"""Facebook and Amazon publish no keys and no metadata: whether they answer is all that can be asked."""

from datetime import datetime
from urllib.parse import urlsplit

from accounts.health.of_openid import tls
from accounts.health.result import Document, Result
from accounts.providers import Provider
from accounts.refusals import SignInRefused
from accounts.wire import look

ANSWERS = "Answers"


def probe(provider: Provider, now: datetime) -> Result:
    """Ask the address at which tokens are checked, with no token; any answer is one."""
    address = getattr(provider, "check_url", "")
    if not address:
        return Result()
    try:
        seen = look(address, whatever=True, ca=provider.ca_certificates)
    except SignInRefused as refusal:
        return Result(documents=(Document(ANSWERS, problem=str(refusal)),))
    document = Document(ANSWERS, note=str(urlsplit(address).hostname), good_at=now)
    return Result((document,), tls(seen), seen.clock, seen.seconds)
