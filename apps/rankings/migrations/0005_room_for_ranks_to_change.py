"""
Ranks change every minute: PostgreSQL leaves room on each page for them.

With it an update stays on its page and touches no index. SQLite updates in place anyway.
"""

from django.db import migrations

TABLES = ("rankings_standing", "rankings_windowtotal")


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 45)")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("rankings", "0004_ladders_know_the_revision_of_people")]

    operations = [migrations.RunPython(leave_room, fill_up)]
