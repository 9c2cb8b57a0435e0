"""Why groups give no rights, or fewer: a code for the sign-in and the ledger, a sentence for each who reads it.

The person learns what they can do, an administrator what exactly to change; the ledger has the detail.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Problem(StrEnum):
    """The values stand on sign-ins and on the ledger: add, never rename."""

    OVERAGE = "overage"
    TOO_MANY = "too_many"
    MALFORMED = "malformed"
    UNREADABLE = "unreadable"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    NOT_AUTHORISED = "not_authorised"
    SERVICE_ACCOUNT = "service_account"
    UNKNOWN_PERSON = "unknown_person"
    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    SCIM_MISSING = "scim_missing"
    SCIM_AMBIGUOUS = "scim_ambiguous"
    SCIM_ADDRESS = "scim_address"


@dataclass(frozen=True)
class Groups:
    """The groups' names as the provider spells them, and why they are not all; ``detail`` is for the ledger."""

    names: tuple[str, ...] = ()
    problem: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Text:
    """``sentence`` and ``remedy`` are the person's, ``fix`` the administrator's. ``{provider}`` is its name.

    ``passes`` tells whether signing in again is worth trying.
    """

    sentence: str
    remedy: str
    fix: str
    passes: bool = False


NOT_TOLD = "{provider} did not tell your groups, so roles that you have by a group are missing."
AGAIN = "Daypass asks again within some minutes where it can, and at once when you sign in again."
TELL = "Tell an administrator of Daypass."
TEXTS: dict[str, Text] = {
    Problem.OVERAGE: Text(
        "{provider} left your groups out because you are in too many, so roles that you have by a group are missing.",
        TELL,
        "Entra ID sends no groups above 200. In the application registration choose token configuration, groups claim, "
        "“Groups assigned to the application”, and assign the groups that are mapped here.",
    ),
    Problem.TOO_MANY: Text(
        "{provider} sent more groups than Daypass reads, so roles that you have by a group may be missing.",
        TELL,
        "Only the first were read. Filter the groups at the provider so that it sends only those mapped here.",
    ),
    Problem.MALFORMED: Text(
        "{provider} sent your groups in a form that makes no sense, so roles that you have by a group are missing.",
        TELL,
        "A claim must be a list of texts, or one text; from Google it must be a page of its API, not that of a proxy.",
    ),
    Problem.UNREADABLE: Text(
        "{provider} sent groups with names that cannot be used, so roles that you have by such a group are missing.",
        TELL,
        "No name of a group may be longer than 400 characters, hold a line break or a control character, or hold a "
        "letter that only looks like one of ASCII (U+037E, U+1FEF, U+212A). The other groups count.",
    ),
    Problem.UNAVAILABLE: Text(
        NOT_TOLD, AGAIN, "Google did not answer within five seconds, or not at all.", passes=True
    ),
    Problem.RATE_LIMITED: Text(
        NOT_TOLD, AGAIN, "The quota of the Google Cloud project is used up. Ask for a higher one.", passes=True
    ),
    Problem.NOT_AUTHORISED: Text(
        NOT_TOLD,
        TELL,
        "The service account may not read groups. Give it the administrator role Groups Reader, or delegate the scope "
        "to it domain-wide and name a delegated_subject who may. Cloud Identity also wants an edition that has it.",
    ),
    Problem.SERVICE_ACCOUNT: Text(
        NOT_TOLD,
        TELL,
        "Google does not accept the service account's key. Make a new one, put it where service_account_file points "
        "and restart; compare the clock as well.",
    ),
    Problem.UNKNOWN_PERSON: Text(
        NOT_TOLD,
        TELL,
        "Google does not know the address in the directory that the service account may read. Compare customer and "
        "delegated_subject with the person's organisation.",
    ),
    Problem.NO_ADDRESS: Text(
        "{provider} vouches for no e-mail address of yours, so roles that you have by a group are missing.",
        TELL,
        "Groups are asked for by address. The address must be verified and of a declared domain.",
    ),
    Problem.REFUSED: Text(NOT_TOLD, TELL, "Google refused the question as it was put."),
    Problem.SCIM_MISSING: Text(
        "Your company's directory has not told Daypass of you, so roles that you have by a group are missing.",
        TELL,
        "No user that the directory pushed matches this sign-in. Assign the person to Daypass there, and compare "
        "scim_match with what the directory sends.",
    ),
    Problem.SCIM_AMBIGUOUS: Text(
        "Your company's directory knows several people who could be you, so roles by a group are missing.",
        TELL,
        "Several users that the directory pushed match this sign-in. Correct them, or choose another scim_match.",
    ),
    Problem.SCIM_ADDRESS: Text(
        "{provider} vouches for no e-mail address of yours, so roles that you have by a group are missing.",
        TELL,
        "scim_match is email, and this sign-in has no address that the provider may assert.",
    ),
}
OTHER = Text(NOT_TOLD, TELL, "The ledger's event of this sign-in has the detail.")


PASSING = [problem for problem, text in TEXTS.items() if text.passes]


def told(problem: str, provider: str) -> Text | None:
    """Return the sentences of a problem at the provider of that name, also of one that another version wrote."""
    if not problem:
        return None
    text = TEXTS.get(problem, OTHER)
    return replace(text, sentence=text.sentence.format(provider=provider))
