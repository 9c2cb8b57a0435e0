"""Whether an access token is genuine: the provider that ProviderId names is asked, as AWS asks it.

AWS has no secret of the application. It asks Facebook's Graph API with the token alone, whose token and for which app
it is, and Amazon's tokeninfo; an application that demands a proof of its secret is therefore refused. Sources: AWS STS
API reference, AssumeRoleWithWebIdentity, ProviderId; IAM user guide, condition keys for web identity federation;
aws/aws-sdk-js#198 for the words in which Facebook's refusal is passed on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from demo.aws.errors import AwsError, validation_error

FACEBOOK, AMAZON = "graph.facebook.com", "www.amazon.com"
TIMEOUT = 5


@dataclass(frozen=True)
class OAuthProviders:
    """Where the stand-ins are: addresses that take the place of graph.facebook.com and api.amazon.com."""

    facebook: str = ""
    amazon: str = ""


@dataclass(frozen=True)
class Told:
    """What a provider said of a token: for which application it was made, and whose it is."""

    provider: str
    app_id: str
    audience: str
    subject: str

    def keys(self) -> dict[str, str]:
        user = "id" if self.provider == FACEBOOK else "user_id"
        return {f"{self.provider}:app_id": self.app_id, f"{self.provider}:{user}": self.subject}


def told(provider_id: str, token: str, where: OAuthProviders) -> Told:
    """Ask the provider. Raises ValidationError, IDPRejectedClaim or IDPCommunicationError."""
    asks: dict[str, tuple[str, Callable[[str, str], Told]]] = {
        FACEBOOK: (where.facebook, _facebook),
        AMAZON: (where.amazon, _amazon),
    }
    if provider_id not in asks:
        raise validation_error(f"ProviderId must be {AMAZON} or {FACEBOOK}.")
    address, ask = asks[provider_id]
    return ask(address, token)


def _facebook(address: str, token: str) -> Told:
    person = _ask(FACEBOOK, f"{address}/me", token)
    app = _ask(FACEBOOK, f"{address}/app", token)
    return Told(FACEBOOK, str(app["id"]), str(app["id"]), str(person["id"]))


def _amazon(address: str, token: str) -> Told:
    info = _ask(AMAZON, f"{address}/auth/o2/tokeninfo", token)
    return Told(AMAZON, str(info["app_id"]), str(info["aud"]), str(info["user_id"]))


def _ask(name: str, url: str, token: str) -> dict[str, Any]:
    try:
        headers = {"Authorization": f"Bearer {token}"}
        response = requests.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException:
        raise AwsError("IDPCommunicationError", f"{name} could not be reached.") from None
    if response.status_code >= 500:
        raise AwsError("IDPCommunicationError", f"{name} responded with HTTP/1.1 {response.status_code}")
    if response.status_code != 200:
        text = f"{name}: {name} responded with HTTP/1.1 {response.status_code} {response.reason.title()}"
        raise AwsError("IDPRejectedClaim", text, status=403)
    said: dict[str, Any] = response.json()
    return said
