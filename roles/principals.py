"""Which principals there are: what mappings name and what sign-ins carried lately, to choose from."""

from itertools import chain

from accounts.models import SignIn
from roles.models import RoleMapping

SIGN_INS, OFFERED = 200, 300


def known_principals() -> list[str]:
    """Return up to 300 principals to offer while one types, in two queries: groups first, subjects last."""
    mapped = RoleMapping.objects.order_by("principal").values_list("principal", flat=True).distinct()[:OFFERED]
    carried = SignIn.objects.order_by("-started_at").values_list("principals", flat=True)[:SIGN_INS]
    known = {*mapped, *chain.from_iterable(carried)}
    return sorted(known, key=lambda p: (not p.startswith("group:"), p.startswith("subject:"), p))[:OFFERED]
