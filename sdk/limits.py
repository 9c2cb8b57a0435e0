"""How often a tool may ask. An office behind one address signs in on a Monday morning; hence the wide ones."""

from accounts.limits import MINUTE, TEN_MINUTES, Limit

REGISTER = Limit("sdk_register", 300, MINUTE)
DEVICE = Limit("sdk_device", 300, MINUTE)
TOKEN_REFUSAL = Limit("sdk_token_refusal", 300, MINUTE)
USER_CODE = Limit("sdk_user_code", 40, TEN_MINUTES)  # right ones count too; eight letters are 34 bits
CONTAINER_TOKEN = Limit("container_token", 20, TEN_MINUTES)
