"""
On SQLite, keep the room's rows in the order of their random keys.

Every table whose key is not literally an INTEGER PRIMARY KEY has a hidden row
number there, which counts upwards: the k-th link would stand beside the k-th
account in any dump. WITHOUT ROWID takes it away. Django knows no such option,
so the tables are remade from the statements that made them.
"""

from django.db import migrations

TABLES = ["subject", "subjectkey", "alias", "link", "claim"]


def without_row_numbers(apps, schema_editor):
    remake(schema_editor, lambda made: f"{made} WITHOUT ROWID")


def with_row_numbers(apps, schema_editor):
    remake(schema_editor, lambda made: made.removesuffix(" WITHOUT ROWID"))


def remake(schema_editor, change):
    if schema_editor.connection.vendor != "sqlite":
        return
    for name in TABLES:
        table = f"pseudonyms_{name}"
        (made,), *indexes = statements(schema_editor, table)
        schema_editor.execute(change(made).replace(f'"{table}"', f'"{table}_remade"', 1))
        schema_editor.execute(
            f'INSERT INTO "{table}_remade" SELECT * FROM "{table}" ORDER BY 1'  # noqa: S608
        )
        schema_editor.execute(f'DROP TABLE "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}_remade" RENAME TO "{table}"')
        for (index,) in indexes:
            schema_editor.execute(index)


def statements(schema_editor, table):
    """Return the statements that made the table and then its indexes."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
            "ORDER BY type = 'table' DESC, name",
            [table],
        )
        return cursor.fetchall()


class Migration(migrations.Migration):
    dependencies = [("pseudonyms", "0001_subjects_keys_and_aliases")]
    operations = [migrations.RunPython(without_row_numbers, with_row_numbers)]
