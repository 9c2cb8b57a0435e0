"""What some tests need beside Python: services and programs, found or missing, with the remedy."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.clis import known as clis


def _address(lane: str, variable: str, scheme: str, usual: str) -> str:
    """Return the service's address: the lane's own variable, else the portal's if it names such a service."""
    portals = os.environ.get(variable, "")
    return os.environ.get(f"DAYPASS_TEST_{lane}") or (portals if portals.startswith(scheme) else usual)


POSTGRESQL_URL = _address("POSTGRESQL", "DATABASE_URL", "postgres", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = _address("REDIS", "CELERY_BROKER_URL", "redis", "redis://127.0.0.1:6379/9")
RABBITMQ_URL = _address("RABBITMQ", "CELERY_BROKER_URL", "amqp", "amqp://guest:guest@127.0.0.1:5672//")
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), "")
SHELLS = ("bash", "zsh", "fish")
SIMPLESAMLPHP = Path("/usr/share/simplesamlphp")
SAML_PACKAGES = "simplesamlphp php-cli php-xml php-mbstring php-sqlite3"
OPENID_PROVIDER = Path(__file__).parent / "idps" / "oidc_provider"


def _listens(url: str, port: int) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or port), timeout=1):
            return True
    except OSError:
        return False


def _postgresql() -> str:
    try:
        psycopg.connect(POSTGRESQL_URL, connect_timeout=2).close()
    except psycopg.Error:
        return "no PostgreSQL answers; start one on 127.0.0.1:5432 or set DAYPASS_TEST_POSTGRESQL"
    return ""


def _redis() -> str:
    return (
        "" if _listens(REDIS_URL, 6379) else "no Redis answers; start one on 127.0.0.1:6379 or set DAYPASS_TEST_REDIS"
    )


def _rabbitmq() -> str:
    found = _listens(RABBITMQ_URL, 5672)
    return "" if found else "no RabbitMQ answers; start one on 127.0.0.1:5672 or set DAYPASS_TEST_RABBITMQ"


def _browser() -> str:
    return "" if CHROMIUM and Path(CHROMIUM).exists() else "no Chromium; install your system's chromium package"


def _shells() -> str:
    missing = [name for name in SHELLS if not shutil.which(name)]
    return f"no {', '.join(missing)}; install your system's packages of that name" if missing else ""


def _node() -> str:
    if not shutil.which("node"):
        return "no node; install your system's nodejs package, version 20 or newer"
    installed = (OPENID_PROVIDER / "node_modules" / "oidc-provider").is_dir()
    return "" if installed else "no oidc-provider; run npm ci --prefix tests/idps/oidc_provider"


def _saml() -> str:
    found = shutil.which("php") and SIMPLESAMLPHP.is_dir()
    return "" if found else f"no SimpleSAMLphp; install your system's packages {SAML_PACKAGES}"


def _proxies() -> str:
    missing = [name for name in ("nginx", "caddy") if not shutil.which(name)]
    return f"no {', '.join(missing)}; install your system's packages of that name" if missing else ""


def _javascript() -> str:
    if not shutil.which("node"):
        return "no node; install your system's nodejs package, version 20 or newer"
    installed = (Path(__file__).parent / "clis" / "javascript" / "node_modules").is_dir()
    return "" if installed else "no AWS SDK for JavaScript; run npm ci --prefix tests/clis/javascript"


PROBES: dict[str, Callable[[], str]] = {
    "postgresql": _postgresql,
    "redis": _redis,
    "rabbitmq": _rabbitmq,
    "browser": _browser,
    "shells": _shells,
    "node": _node,
    "saml": _saml,
    "proxies": _proxies,
    "clis": clis.missing,
    "javascript": _javascript,
}


def missing() -> dict[str, str]:
    """Return the lanes that cannot run here, each with its reason and remedy."""
    return {name: reason for name, probe in PROBES.items() if (reason := probe())}
