"""``python -m demo.aws``: the local AWS as a process of its own, on loopback."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from demo.aws import plant, seed
from demo.aws.app import LocalAws, Settings
from demo.aws.journal import Journal
from demo.aws.oauth import OAuthProviders
from demo.aws.seed import ADMIN, PORTAL, PRODUCTION, SANDBOX, Issuers
from demo.aws.server import Handler
from demo.aws.sessions import SessionStore
from demo.aws.world import World

HOST = "127.0.0.1"


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.aws", description="A local AWS that enforces.")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--state", type=Path, help="directory that remembers everything over restarts")
    parser.add_argument("--seed", choices=("demo", "empty"), default="demo")
    parser.add_argument("--google-issuer", default="")
    parser.add_argument("--google-client-id", default="")
    parser.add_argument("--adfs-issuer", default="")
    parser.add_argument("--adfs-client-id", default="")
    parser.add_argument("--facebook", default="", help="address of Facebook's stand-in")
    parser.add_argument("--facebook-app-id", default="")
    parser.add_argument("--amazon", default="", help="address of Amazon's stand-in")
    parser.add_argument("--amazon-app-id", default="")
    parser.add_argument("--sts-delay-ms", type=float, default=0)
    return parser.parse_args(argv)


def build(options: argparse.Namespace) -> LocalAws:
    """The world: the seed first, then every change and session that the journal remembers."""
    journal = Journal(options.state)
    world, sessions = World(journal), SessionStore(journal)
    issuers = Issuers(
        options.google_issuer,
        options.google_client_id,
        options.adfs_issuer,
        options.adfs_client_id,
        options.facebook_app_id,
        options.amazon_app_id,
    )
    plant.plant(options.seed, issuers, journal)
    for row in journal.rows():
        for kind, content in row.items():
            if kind == "session":
                sessions.restore(content)
            else:
                world.replay(kind, content)
    return LocalAws(
        world,
        sessions,
        Settings(options.google_issuer, options.sts_delay_ms / 1000, OAuthProviders(options.facebook, options.amazon)),
    )


def ready(url: str) -> dict[str, str]:
    """The line that tells whoever started this process where it is and with which keys."""
    line = {"url": url, "external_id": seed.EXTERNAL_ID}
    users = {"portal": (SANDBOX, PORTAL), "admin": (SANDBOX, ADMIN), "production_admin": (PRODUCTION, ADMIN)}
    for prefix, who in users.items():
        line[f"{prefix}_access_key_id"], line[f"{prefix}_secret_access_key"] = plant.keys_of(*who)
    return line


def main(argv: list[str]) -> int:
    options = arguments(argv)
    app = build(options)
    try:
        server = make_server(HOST, options.port, app, threaded=True, request_handler=Handler)
    except SystemExit:
        # werkzeug says why on stderr: the port is in use.
        return 1

    def stop(_signal: int, _frame: Any) -> None:
        # shutdown() waits for the loop, which this very thread runs.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(json.dumps(ready(f"http://{HOST}:{server.server_port}")), flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
