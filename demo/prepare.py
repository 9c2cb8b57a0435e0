"""``python -m demo.prepare``: bring the demo's database, static files and catalog into being."""

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from demo.catalog import seed  # models exist only after django.setup()

    seed()


if __name__ == "__main__":
    main()
