"""What is wrong, and what to do, where the answer is the same for every session (STS API reference, "Errors")."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Diagnosis:
    """The likely cause, what to do, and the JSON to paste (empty where there is none)."""

    cause: str
    fix: str
    policy_json: str = ""


LOST: Final = Diagnosis(
    "AWS does not know Daypass's own credentials, or Daypass has none.",
    "Look at the credentials of the Daypass process: AWS_PROFILE, AWS_ACCESS_KEY_ID, or the role of its instance or "
    "container. They are read at start: restart it after a change.",
)
CLOCK: Final = Diagnosis(
    "Daypass's signature was refused: its secret key is wrong, or its clock is.",
    "Compare the machine's clock with NTP, then check AWS_SECRET_ACCESS_KEY.",
)
BUSY: Final = Diagnosis(
    "STS refused for too many requests: 600 a second for the calling account and region.",
    "If this happens often, spread the load over regions with DAYPASS_AWS_REGIONS, or use web identity.",
)
TROUBLE: Final = Diagnosis(
    "STS did not answer in time, or answered with an error of its own.",
    "Look at the AWS Health Dashboard and at this machine's way to the STS endpoint. A second region in "
    "DAYPASS_AWS_REGIONS is asked where the first fails.",
)
POLICY: Final = Diagnosis(
    "The session policy of this role in Daypass is not a policy that IAM takes.",
    "Correct it on the role's page; aws accessanalyzer validate-policy says where it is wrong.",
)
TOO_LARGE: Final = Diagnosis(
    "Session policies and tags together are too large for a session token.",
    "Shorten the session policy, use fewer managed session policies, or remove tags.",
)
OLD_TOKEN: Final = Diagnosis(
    "The person's token was too old, and could not be renewed.",
    "Nothing to repair if it is rare. If it is not, let the provider give refresh tokens, and check the clocks.",
)
OWN_EXPIRED: Final = Diagnosis(
    "The temporary credentials of Daypass itself have expired.",
    "Use a source that renews itself (instance or container role), not pasted session credentials.",
)
PROVIDER_DOWN: Final = Diagnosis(
    "The identity provider could not be reached.",
    "AWS fetches its discovery document and keys over the internet: both must be public and answer within 5 seconds.",
)
NO_TOKEN: Final = Diagnosis(
    "The sign-in had ended, or its token was too old and was not renewed.",
    "Look at the ledger's refresh events of this sign-in: they say whether the provider gives refresh tokens at all, "
    "and why it refused.",
)
PROVIDER_SILENT: Final = Diagnosis(
    "The identity provider did not answer when the person's token was to be renewed.",
    "Look at this machine's way to the provider.",
)
NOT_GRANTED: Final = Diagnosis(
    "While the person's token was renewed, the provider took away what the mapping asks for.",
    "Nothing to repair: compare the person's groups at the provider with the mappings of this role.",
)
RIGHTS_CHANGED: Final = Diagnosis(
    "While the person's token was renewed, another mapping came into force, and by that one AWS cannot be asked.",
    "Look at the mappings of this role, and at its limits: the message says what stands against it.",
)
WITHDRAWN: Final = Diagnosis(
    "The identity provider told AWS that it no longer stands by this token.",
    "The person signs in again; if that does not help, look at the provider's own log.",
)
APP_SECRET: Final = Diagnosis(
    "Facebook told AWS that it does not accept this token.",
    "If it meets everybody: in the app's settings at Facebook, Advanced, Security, switch off Require App Secret and "
    "empty the server IP allow list, since AWS asks Facebook with the token alone and from addresses of its own. If it "
    "meets one person: they removed the app or changed their password, and sign in again.",
)
AUDIENCE: Final = Diagnosis(
    "The token's audience is not among the client IDs of the account's OpenID Connect provider.",
    "Add Daypass's client ID: aws iam add-client-id-to-open-id-connect-provider. Where the token has azp, that counts.",
)
ROLES_CLAIM: Final = Diagnosis(
    "The token lists the roles it is good for, and this one is not among them.",
    "Let the provider put the role's ARN into the claim https://aws.amazon.com/roles, or leave the claim out.",
)
TOKEN_REFUSED: Final = Diagnosis(
    "AWS does not accept the person's ID token.",
    "Compare the OpenID Connect provider in IAM with the token's issuer, exactly, and its client IDs with the token's "
    "audience. "
    "AWS takes RS256 to RS512 and ES256 to ES512. CloudTrail often does not show this refusal.",
)
CHAINED: Final = Diagnosis(
    "Daypass itself holds a role, and AWS caps what one role opens for another at one hour.",
    "Choose one hour at most for this role in Daypass, use web identity, or give Daypass a user's long-lived key.",
)
IDENTITY_SET: Final = Diagnosis(
    "Daypass's own session already carries a source identity, which cannot be replaced.",
    "Let Daypass start from a session without one, or stop sending a source identity for this role.",
)
