"""How often a tool may ask. An office behind one address signs in on a Monday morning; hence the wide ones."""

from accounts.limits import MINUTE, NETWORK, PERSON, TEN_MINUTES, Limit

REGISTER = Limit("sdk_register", 300, MINUTE, NETWORK, "A command-line tool registers.")
DEVICE = Limit("sdk_device", 300, MINUTE, NETWORK, "A tool asks for a code that somebody confirms in a browser.")
TOKEN_REFUSAL = Limit(
    "sdk_token_refusal",
    300,
    MINUTE,
    NETWORK,
    "A tool's code or token is refused; good ones from the same network go on, and waiting is no refusal.",
)
# Right codes count too; eight letters are 34 bits.
USER_CODE = Limit("sdk_user_code", 40, TEN_MINUTES, PERSON, "The code of a tool that somebody types or confirms.")
APPROVAL = Limit("sdk_approval", 40, TEN_MINUTES, PERSON, "Tools on the same computer that somebody lets in.")
CONTAINER_TOKEN = Limit("container_token", 20, TEN_MINUTES, PERSON, "Tokens for one role that somebody makes.")
