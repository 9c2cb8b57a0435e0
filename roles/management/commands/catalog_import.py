"""Make the catalog as a JSON file says; shows the differences first."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from portal import documents, files
from roles.transfer import CannotImport, bring_in


class Command(BaseCommand):
    help = "Show what a catalog file would change; with --apply, change it. The file is what catalog_export writes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="really change the catalog")
        parser.add_argument("--prune", action="store_true", help="also remove what the file does not name")

    def handle(self, *args: Any, file: Path, apply: bool, prune: bool, **options: Any) -> None:
        try:
            differences = bring_in(documents.read(files.read_text(file)), prune=prune, apply=apply)
        except files.Unreadable as error:
            raise CommandError(f"{error}.") from None
        except json.JSONDecodeError as error:
            raise CommandError(f"{file} cannot be read as JSON: {error}") from error
        except CannotImport as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        for difference in differences:
            self.stdout.write(str(difference))
        self.stdout.write(_summary(len(differences), apply=apply))


def _summary(count: int, *, apply: bool) -> str:
    if not count:
        return "The catalog is as the file says."
    rows = f"{count} row{pluralize(count)}"
    return f"{rows} changed." if apply else f"{rows} would change. Nothing was changed yet: add --apply."
