"""What the demo's portal is told: secrets made once and kept in the data folder, and the environment made of them."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from demo.idp.social.names import AMAZON_CLIENT, FACEBOOK_APP
from demo.processes import DIRECT, DemoFailed

GOOGLE_CLIENT = "daypass-google.apps.example"
ADFS_CLIENT = "8d3f2b0e-5a41-4b7a-9c55-0d6c1f7e2a90"
FOREIGN = ("AWS_", "DJANGO_", "DAYPASS_", "EMAIL_", "CELERY_", "DATABASE_")
PROVIDERS = """\
# Written by the demo at every start.
[providers.google]
kind = "google"
name = "Google"
issuer = "{idp}/google"
client_id = "{google_client}"
client_secret = "env:DEMO_CLIENT_SECRET"
domains = ["example.com"]

[providers.google.groups]
api = "cloud-identity"
service_account_file = "google-service-account.json"
api_endpoint = "{idp}/google"

[providers.adfs]
kind = "adfs"
name = "Example ADFS"
issuer = "{idp}/adfs"
client_id = "{adfs_client}"
client_secret = "env:DEMO_CLIENT_SECRET"
domains = ["example.com"]
auth_params = {{ resource = "urn:daypass:portal" }}

[providers.facebook]
kind = "facebook"
name = "Facebook"
client_id = "{facebook_client}"
client_secret = "env:DEMO_CLIENT_SECRET"
stand_in = "{idp}/facebook"

[providers.amazon]
kind = "amazon"
name = "Amazon"
client_id = "{amazon_client}"
client_secret = "env:DEMO_CLIENT_SECRET"
stand_in = "{idp}/amazon"
"""


@dataclass(frozen=True)
class Place:
    """Where this local world lives: three ports in a row on loopback, and a folder.

    The portal is called by a name, because browsers keep passkeys for names and for no address; the others are on
    another site than the portal, as they are in the world outside.
    """

    port: int
    folder: Path
    host: str = "localhost"

    @property
    def portal(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def idp(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def aws(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"


def keep_secrets(folder: Path) -> dict[str, str]:
    """Return the demo's secrets, made at the first start and readable by this user only."""
    path = folder / "secrets.json"
    if not path.exists():
        made = {
            "DAYPASS_SECRET_KEY": secrets.token_urlsafe(50),
            "DAYPASS_ENCRYPTION_KEYS": "demo:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "DEMO_CLIENT_SECRET": secrets.token_urlsafe(24),
        }
        write_private(path, json.dumps(made))
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DemoFailed(f"{path} is damaged ({error}). `make demo-reset` starts afresh.") from error
    return kept


def write_private(path: Path, text: str) -> None:
    """Write a file for this user alone, whole or not at all: a start may be cut short at any moment."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def write_admin_keys(place: Place, aws_keys: dict[str, str]) -> Path:
    """Keep the local AWS administrators' keys as a credentials file: trust policies are theirs to change."""
    path = place.folder / "aws-administrators"
    parts = [
        f"[{profile}]\n"
        f"aws_access_key_id = {aws_keys[f'{prefix}_access_key_id']}\n"
        f"aws_secret_access_key = {aws_keys[f'{prefix}_secret_access_key']}\n"
        for profile, prefix in (("sandbox", "admin"), ("production", "production_admin"))
    ]
    write_private(path, "\n".join(parts))
    return path


def write_service_account(place: Place) -> Path:
    """Keep the key file of Google's service account, which asks for people's groups, as its console hands it out."""
    path = place.folder / "google-service-account.json"
    with DIRECT.open(f"{place.idp}/_demo/google/service-account", timeout=10) as answer:
        write_private(path, answer.read().decode())
    return path


def inherited_environment() -> dict[str, str]:
    """Return the caller's environment, without its proxies for this machine's own addresses."""
    spared = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1,localhost"]))
    return os.environ | {"NO_PROXY": spared, "no_proxy": spared}


def write_providers(place: Place) -> Path:
    path = place.folder / "providers.toml"
    clients = {
        "google_client": GOOGLE_CLIENT,
        "adfs_client": ADFS_CLIENT,
        "facebook_client": FACEBOOK_APP,
        "amazon_client": AMAZON_CLIENT,
    }
    text = PROVIDERS.format(idp=place.idp, **clients)
    path.write_text(text, encoding="utf-8")
    return path


def portal_environment(place: Place, kept: dict[str, str], aws_keys: dict[str, str]) -> dict[str, str]:
    """Return the portal's whole environment; nothing of the caller's own settings leaks into it."""
    inherited = {name: value for name, value in inherited_environment().items() if not name.startswith(FOREIGN)}
    return (
        inherited
        | kept
        | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DAYPASS_DEVELOPMENT": "true",
            "DAYPASS_BASE_URL": place.portal,
            "DAYPASS_PORT": str(place.port),
            "DAYPASS_WORKERS": "1",
            "DAYPASS_PROVIDERS": str(write_providers(place)),
            "DAYPASS_ADMINISTRATORS": "user:erin@example.com,group:adfs:Daypass-Admins",
            "DAYPASS_STATIC_ROOT": str(place.folder / "static"),
            "DAYPASS_SIGNIN_ENDPOINT": place.aws,
            "DATABASE_URL": f"sqlite:///{place.folder / 'daypass.sqlite3'}",
            "AWS_ENDPOINT_URL_STS": place.aws,
            "AWS_ACCESS_KEY_ID": aws_keys["portal_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": aws_keys["portal_secret_access_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )
