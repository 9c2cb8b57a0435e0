"""What the applications are called at the stand-ins: the portal's own, and somebody else's."""

FACEBOOK_APP, OTHER_FACEBOOK_APP = "412233445566778", "998877665544332"
AMAZON_CLIENT = "amzn1.application-oa2-client.daypass"
OTHER_AMAZON_CLIENT = "amzn1.application-oa2-client.somebody-else"
AMAZON_APP, OTHER_AMAZON_APP = "amzn1.application.daypass", "amzn1.application.somebody-else"
