#!/usr/bin/env python
"""Django's command line for Daypass."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if sys.argv[1:] == ["make_key"]:
        # The first key is made before there are settings, which need one.
        from accounts.custody import new_key

        sys.stdout.write(f"{new_key()}\n")
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from portal import startup

    if sys.argv[1:2] == ["runserver"]:
        startup.ready()  # its reloader would show a traceback, and wait
    with startup.in_plain_words():
        execute_from_command_line(sys.argv)
