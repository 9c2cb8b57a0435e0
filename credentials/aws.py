"""AWS STS, and the only place in the portal that imports boto3.

A client costs some 80 ms and 13,000 objects to build and is safe to share between threads, so there is one for each
region and kind of credential in each process, made before the first request (``warm``) and again after a fork.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.loaders import create_loader
from botocore.parsers import ResponseParserError
from botocore.regions import EndpointResolver
from django.conf import settings

from audit.record import cleanse
from credentials import sts_calls
from credentials.partitions import partition_of, sts_regions
from credentials.secret import Credentials
from credentials.wish import Settled
from roles.models import Role

logger = logging.getLogger(__name__)

# Seconds to connect and to wait for an answer, and how often to ask in one region. A person waits meanwhile.
STS: Final = Config(
    connect_timeout=3,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=64,
    tcp_keepalive=True,
)
# No further region is tried when this many seconds are gone.
PATIENCE: Final = 20
# The SDK's parser takes names, times and numbers as they come, and lets Python's own errors out.
UNREADABLE: Final = (ResponseParserError, LookupError, ValueError, TypeError, ArithmeticError, RuntimeError)
KEYS_NOT_REACHED: Final = "retrieve verification key"


class StsRefused(Exception):
    """STS, or the AWS SDK on its behalf, said no. ``message`` is AWS's own, for administrators; it holds no token."""

    def __init__(self, code: str, status: int, message: str, request_id: str, region: str) -> None:
        super().__init__(f"{code} ({status}) in {region}, request {request_id or 'unknown'}")
        self.code, self.status, self.message = code[:64], status, message[:4000]
        self.request_id, self.region = request_id[:64], region


class StsUnreachable(Exception):
    """STS did not answer in time, or not in a way that can be read. ``message`` names what happened."""

    code, status, request_id = "Unreachable", 0, ""

    def __init__(self, message: str, region: str) -> None:
        super().__init__(f"{message} in {region}")
        self.message, self.region = message, region


StsError = StsRefused | StsUnreachable


@dataclass(frozen=True)
class Answer:
    """What STS gave: the secret itself, and what may be remembered of it."""

    credentials: Credentials
    assumed_role_id: str
    packed_policy_size: int | None
    request_id: str
    region: str


class _Kit:
    """This process's STS clients by (region, unsigned), and the AWS credentials of Daypass itself."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.clients: dict[tuple[str, bool], Any] = {}
        self.session: boto3.session.Session | None = None
        self.own: tuple[Any] | None = None

    def _session(self) -> boto3.session.Session:
        if self.session is None:
            core = botocore.session.get_session()
            # Regional endpoints always: an AWS_STS_REGIONAL_ENDPOINTS=legacy left in the environment must not
            # send every request to us-east-1. AWS_ENDPOINT_URL_STS, for a local AWS, is still honoured.
            core.set_config_variable("sts_regional_endpoints", "regional")
            self.session = boto3.session.Session(botocore_session=core)
        return self.session

    def client(self, region: str, *, unsigned: bool) -> Any:
        if (client := self.clients.get((region, unsigned))) is None:
            with self.lock:  # sessions are not safe to share, clients are
                client = self.clients.get((region, unsigned)) or self._made(region, unsigned=unsigned)
                self.clients[region, unsigned] = client
        return client

    def _made(self, region: str, *, unsigned: bool) -> Any:
        config = STS.merge(Config(signature_version=UNSIGNED)) if unsigned else STS
        client = self._session().client("sts", region_name=region, config=config)
        sts_calls.watch(client, region)
        return client

    def ca_bundle(self) -> str:
        with self.lock:
            found = self._session()._session.get_config_variable("ca_bundle")  # noqa: SLF001  # boto3 hides its core
        return str(found or os.environ.get("REQUESTS_CA_BUNDLE", ""))

    def credentials(self) -> Any:
        """Return Daypass's own credentials or None. Looked up once: the search may ask the machine's metadata."""
        with self.lock:
            if self.own is None:
                self.own = (self._session().get_credentials(),)
            return self.own[0]


_kit = _Kit()


def forget() -> None:
    """Drop all clients: for a child process, which must not share its parent's connections."""
    global _kit
    _kit = _Kit()
    known_regions.cache_clear()


os.register_at_fork(after_in_child=forget)


def warm() -> None:
    """Build the clients of every configured region, so that no request pays for one."""
    for region in settings.DAYPASS_AWS_REGIONS:
        known_regions(partition_of(region).name)
        for unsigned in (True, False):
            _warm_up(region, unsigned=unsigned)


def _warm_up(region: str, *, unsigned: bool) -> None:
    try:
        _guarded(region, _kit.client, region, unsigned=unsigned)
    except (StsRefused, StsUnreachable) as error:
        # The other kind of credential may still work, and each request will say what is wrong with this one.
        logger.warning("No STS client for %s: %s", region, error.message)


def ca_bundle() -> str:
    """Return the file of roots that STS's clients go by (AWS_CA_BUNDLE, ca_bundle of the profile), "" for the usual."""
    return _kit.ca_bundle()


def chained() -> bool:
    """Tell whether Daypass's own AWS credentials are temporary, so that AWS caps what they open at one hour.

    Those of GetSessionToken are counted too, although AWS does not: they cannot be told apart without a request, and
    a session that is shorter than it might be is the better mistake.
    """
    try:
        own = _guarded("", _kit.credentials)
    except (StsRefused, StsUnreachable):
        return False  # nothing can be taken with them anyway; asking says why
    return own is not None and (isinstance(own, RefreshableCredentials) or bool(own.token))


@lru_cache
def known_regions(partition: str) -> tuple[str, ...]:
    """Return the regions that AWS has in a partition, as the installed SDK knows them."""
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    return tuple(sorted(resolver.get_available_endpoints("sts", partition)))


def take(ask: Settled, *, token: str = "", provider_id: str = "") -> Answer:
    """Ask STS for the role, region after region; raise StsRefused or StsUnreachable.

    ``token`` speaks for the person, for web identity alone; ``provider_id`` stands beside one that is no ID token. The
    next configured region is asked where STS is switched off, in trouble or not to be reached; any other refusal is
    final.
    """
    started, (*others, last) = time.monotonic(), sts_regions(ask.partition)
    shown = {"WebIdentityToken": token} | ({"ProviderId": provider_id} if provider_id else {})
    for region in others:
        try:
            return _take_in(region, ask, shown)
        except (StsRefused, StsUnreachable) as error:
            late = time.monotonic() - started > PATIENCE
            if late or not _is_regional(error):
                raise
    return _take_in(last, ask, shown)


def _is_regional(error: StsError) -> bool:
    return isinstance(error, StsUnreachable) or error.status >= 500 or error.code == "RegionDisabledException"


def _take_in(region: str, ask: Settled, shown: dict[str, str]) -> Answer:
    web = ask.method == Role.Method.WEB_IDENTITY
    client = _guarded(region, _kit.client, region, unsigned=web)
    act = client.assume_role_with_web_identity if web else client.assume_role
    parameters = _parameters(ask) | (shown if web else {})
    try:
        return _answer(_asked(region, act, parameters), region)
    except StsRefused as error:
        # AWS could not fetch the provider's keys: a passing trouble of the network, so once more.
        if error.code != "InvalidIdentityToken" or KEYS_NOT_REACHED not in error.message:
            raise
    return _answer(_asked(region, act, parameters), region)


def _parameters(ask: Settled) -> dict[str, Any]:
    """Return STS's parameters without the empty ones, which STS takes for values. No tag is transitive."""
    optional = {
        "Policy": ask.policy,
        "PolicyArns": [{"arn": arn} for arn in ask.policy_arns],
        "Tags": [{"Key": key, "Value": value} for key, value in ask.tags],
        "ExternalId": ask.external_id,
        "SourceIdentity": ask.source_identity,
    }
    required = {"RoleArn": ask.role_arn, "RoleSessionName": ask.session_name, "DurationSeconds": ask.duration}
    return required | {name: value for name, value in optional.items() if value}


def _asked(region: str, act: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = _guarded(region, act, **parameters)
    except ClientError as error:
        raise _refused(error, region, str(parameters.get("WebIdentityToken", ""))) from None
    return answer


def _refused(error: ClientError, region: str, token: str) -> StsRefused:
    said, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    message = str(said.get("Message", ""))
    return StsRefused(
        code=str(said.get("Code") or "Unknown"),
        status=int(about.get("HTTPStatusCode", 0)),
        message=str(cleanse(message.replace(token, "[token]") if token else message)),
        request_id=sts_calls.request_id_of(error.response),
        region=region,
    )


def _guarded(region: str, call: Callable[..., Any], *args: Any, **parameters: Any) -> Any:
    """Call into the SDK; only ClientError, which is AWS's own refusal, passes as it is.

    ``from None`` cuts the SDK's exceptions off: what they hold is not known to be free of secrets.
    """
    try:
        return call(*args, **parameters)
    except (BotoConnectionError, HTTPClientError) as error:
        raise StsUnreachable(type(error).__name__, region) from None
    except UNREADABLE:
        raise StsUnreachable("An answer that cannot be read", region) from None
    except BotoCoreError as error:
        # No credentials, a missing profile, a metadata service that is silent: Daypass has lost its AWS identity.
        code = "ValidationError" if isinstance(error, ParamValidationError) else "NoCredentials"
        raise StsRefused(code, 0, str(cleanse(f"{type(error).__name__}: {error}")), "", region) from None


def _answer(said: dict[str, Any], region: str) -> Answer:
    """Read STS's answer; one without credentials, or with such as are no use any more, counts as none."""
    packed = said.get("PackedPolicySize")
    try:
        credentials = _credentials(said.get("Credentials"), region)
    except StsUnreachable:
        sts_calls.unusable()
        raise
    return Answer(
        credentials=credentials,
        assumed_role_id=str(said.get("AssumedRoleUser", {}).get("AssumedRoleId", ""))[:193],
        packed_policy_size=packed if packed in range(101) else None,
        request_id=sts_calls.request_id_of(said),
        region=region,
    )


def _credentials(secret: Any, region: str) -> Credentials:
    try:
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        key, secret_key, token = (secret[name] for name in names)
        expires_at = secret["Expiration"].astimezone(UTC)
    except (KeyError, TypeError, AttributeError, OverflowError):
        raise StsUnreachable("An answer without credentials", region) from None
    if not all(isinstance(value, str) and value for value in (key, secret_key, token)):
        raise StsUnreachable("An answer without credentials", region)
    if expires_at <= datetime.now(UTC):
        raise StsUnreachable("Credentials that had expired", region)
    return Credentials(key, secret_key, token, expires_at)
