"""``python -m portal.worker``: Celery's worker and beat in one command, where a broker is configured."""

import os
import sys

from portal import env, startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def main() -> int:
    """Replace this process with Celery's; several may run, since each job of the outbox is leased."""
    startup.ready()
    if (env.secret("CELERY_BROKER_URL") or "memory://").startswith("memory://"):
        print(  # noqa: T201 - said to whoever started it
            "CELERY_BROKER_URL is not set, so the web process runs the worker itself. "
            "To run one apart, point both at a broker: redis://… or amqp://…",
            file=sys.stderr,
        )
        return 2
    level = env.text("DAYPASS_LOG_LEVEL", "INFO")
    command = ["celery", "-A", "portal", "worker", "--beat", f"--loglevel={level}"]
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - our own interpreter, fixed words
    return 0


if __name__ == "__main__":
    sys.exit(main())
