"""``manage.py check --deploy`` with production settings made on the spot; warnings fail."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

PROVIDERS = """
[providers.google]
kind = "google"
name = "Google"
client_id = "client.apps.googleusercontent.com"
client_secret = "env:GOOGLE_CLIENT_SECRET"
domains = ["example.com"]
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        providers = Path(folder) / "providers.toml"
        providers.write_text(PROVIDERS, encoding="utf-8")
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DAYPASS_BASE_URL": "https://daypass.example.com",
            "DAYPASS_SECRET_KEY": secrets.token_urlsafe(50),
            "DAYPASS_ENCRYPTION_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "DAYPASS_PROVIDERS": str(providers),
            "DAYPASS_ALERT_EMAIL": "security@example.com",
            "DAYPASS_ADMINISTRATORS": "user:erin@example.com",
            "GOOGLE_CLIENT_SECRET": secrets.token_urlsafe(24),
        }
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
