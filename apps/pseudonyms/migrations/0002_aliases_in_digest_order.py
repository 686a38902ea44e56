"""
On SQLite, keep aliases in the order of their digests.

A table whose primary key is no integer has a hidden row number there, which
counts upwards: the k-th alias would stand beside the k-th account in any dump.
"""

from django.db import migrations

MAKE = """
    CREATE TABLE pseudonyms_alias_remade (
        digest BLOB NOT NULL PRIMARY KEY,
        subject_id bigint NOT NULL
            REFERENCES pseudonyms_subject (id) DEFERRABLE INITIALLY DEFERRED
    )
"""
MOVE = """
    INSERT INTO pseudonyms_alias_remade (digest, subject_id)
    SELECT digest, subject_id FROM pseudonyms_alias ORDER BY digest
"""
REPLACE = [
    "DROP TABLE pseudonyms_alias",
    "ALTER TABLE pseudonyms_alias_remade RENAME TO pseudonyms_alias",
    "CREATE INDEX pseudonyms_alias_by_subject ON pseudonyms_alias (subject_id)",
]


def without_row_numbers(apps, schema_editor):
    remake(schema_editor, MAKE + " WITHOUT ROWID")


def with_row_numbers(apps, schema_editor):
    remake(schema_editor, MAKE)


def remake(schema_editor, make):
    if schema_editor.connection.vendor == "sqlite":
        for statement in (make, MOVE, *REPLACE):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("pseudonyms", "0001_subjects_keys_and_aliases")]
    operations = [migrations.RunPython(without_row_numbers, with_row_numbers)]
