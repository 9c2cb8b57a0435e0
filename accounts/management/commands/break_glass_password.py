"""Set the break-glass administrator's password."""

from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import SignIn, User
from accounts.providers import BREAK_GLASS
from accounts.sessions import end_sign_in
from audit.record import DAYPASS, record
from audit.tags import Tag


class Command(BaseCommand):
    help = "Set the password of the break-glass administrator (asked for, never an argument) and end their sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="administrator", help="what to type as the name (administrator)")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if not name.isidentifier() or len(name) > 100:
            raise CommandError("Choose a name of letters and digits.")
        password = chosen_password()
        with transaction.atomic():
            user, _ = User.objects.get_or_create(
                username=f"{BREAK_GLASS}:{name}", defaults={"name": f"Break-glass {name}"}
            )
            user.set_password(password)
            user.save(update_fields=["password"])
            for sign_in in SignIn.objects.filter(user=user, ended_at=None).select_related("user"):
                end_sign_in(sign_in=sign_in, reason=SignIn.Ended.BY_ADMINISTRATOR)
            record(Tag.PERSON_CHANGE, actor=DAYPASS, subject="person", subject_id=user.pk, changed=["password"])
        self.stdout.write(f"The password of {name} is set. It works while DAYPASS_BREAK_GLASS is true.")


def chosen_password() -> str:
    password = typed("New password: ")
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    if password != typed("Once more: "):
        raise CommandError("The two are not the same. Nothing was changed.")
    return password


def typed(prompt: str) -> str:
    try:
        return getpass(prompt)
    except EOFError as error:
        raise CommandError("No password was typed. Start this in a terminal.") from error
