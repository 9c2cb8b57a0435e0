"""docs/operations.md, Two roles, done as it is written: the owner migrates, and the portal may not create anything."""

import re
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests import lanes
from tests.audit.world import ROOT
from tests.portal.own_database import address, run

pytestmark = pytest.mark.lane("postgresql")
PASSWORD = "only-for-this-test"
MIGRATE = re.compile(r"^\t\$\(BIN\)/python (manage\.py .+)$", re.MULTILINE)
REFUSED = "The role of DATABASE_URL may not create or change tables. Run `make migrate`"
WORKS = """
import django; django.setup()
from django.core.cache import cache
from audit import duties, guard
from audit.models import Event
from audit.record import DAYPASS, record
from audit.tags import Tag
from audit.tasks import drain, guard_ledger, sweep_sessions
record(Tag.SIGN_IN_START, actor=DAYPASS)
for task in (drain, guard_ledger, sweep_sessions): task.apply(throw=True)
cache.set("a", 1, 60)
print(Event.objects.count(), cache.get("a"), duties.late())
"""


class Split:
    """A database of two roles; the documents' names stand for ones of this test alone."""

    def __init__(self) -> None:
        self.name = f"split_{uuid.uuid4().hex[:8]}"
        text = (ROOT / "docs/operations.md").read_text().partition("## Two roles\n")[2].partition("\n## ")[0]
        blocks = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
        self.once, self.before, self.after = (block.replace("daypass", self.name) for block in blocks)
        self.owner, self.app = (address(self.name, f"{self.name}_{role}:{PASSWORD}") for role in ("owner", "app"))

    def make(self) -> None:
        passwords = "".join(f"ALTER ROLE {self.name}_{role} PASSWORD '{PASSWORD}';" for role in ("owner", "app"))
        as_written(lanes.POSTGRESQL_URL, self.once + passwords)
        as_written(address(self.name), self.before)

    def drop(self) -> None:
        as_written(
            lanes.POSTGRESQL_URL,
            f"DROP DATABASE {self.name} WITH (FORCE); DROP ROLE {self.name}_owner; DROP ROLE {self.name}_app",
        )

    def migrate(self) -> None:
        for command in steps("migrate"):
            assert run(self.owner, *command)[0] == 0


def as_written(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        for statement in filter(str.strip, sql.split(";")):
            server.execute(statement)


def steps(target: str) -> list[list[str]]:
    """Return what the Makefile runs for this target."""
    recipe = (ROOT / "Makefile").read_text().partition(f"\n{target}: ")[2].partition("\n\n")[0]
    return [command.split() for command in MIGRATE.findall(recipe)]


@pytest.fixture
def split() -> Iterator[Split]:
    made = Split()
    made.make()
    yield made
    made.drop()


def test_the_portal_starts_and_works_as_the_lesser_role(split: Split) -> None:
    split.migrate()
    as_written(split.owner, split.after)
    prepare = steps("run")[0]
    assert prepare == ["manage.py", "prepare"]
    assert run(split.app, *prepare)[0] == 0
    assert run(split.app, "-m", "portal.startup") == (0, "")
    assert run(split.app, "manage.py", "check", "--database=default")[0] == 0
    assert run(split.app, "-c", WORKS) == (0, "1 1 []")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET tag = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "ALTER TABLE audit_event DISABLE TRIGGER ledger_refuses",
        "DROP TRIGGER ledger_refuses ON audit_event",
        "CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL END $$",
        "DELETE FROM django_migrations",
        "CREATE TABLE more (id int)",
    ],
)
def test_the_lesser_role_may_not(migrated: Split, sql: str) -> None:
    with psycopg.connect(migrated.app) as database, pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute(sql)


@pytest.fixture(scope="module")
def migrated() -> Iterator[Split]:
    made = Split()
    made.make()
    made.migrate()
    as_written(made.owner, made.after)
    yield made
    made.drop()


@pytest.mark.parametrize("target", ["run", "migrate"])
def test_a_missing_migrate_step_is_said_in_one_sentence(split: Split, target: str) -> None:
    status, said = run(split.app, *steps(target)[0])
    assert (status, REFUSED in said, "Traceback" in said) == (1, True, False)


def test_a_new_version_needs_the_migrate_step_alone(split: Split) -> None:
    split.migrate()
    as_written(split.owner, split.after)
    with psycopg.connect(split.owner, autocommit=True) as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'accounts' AND name = '0012_key_check'")
        database.execute("DROP TABLE accounts_keycheck")
    assert run(split.app, "-m", "portal.startup")[0] == 1
    split.migrate()
    assert run(split.app, "-m", "portal.startup") == (0, "")
