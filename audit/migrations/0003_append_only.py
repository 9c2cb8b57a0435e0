"""Let the database refuse to change or delete ledger events."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from audit import append_only


def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    append_only.install(schema_editor.connection)


def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    append_only.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("audit", "0002_outbox_and_findings")]

    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
