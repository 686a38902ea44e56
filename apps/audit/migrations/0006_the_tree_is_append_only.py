"""
The database refuses to change the tree as well, and PostgreSQL notes each entry's transaction.

Rows of the tree are never updated, deleted or replaced. An entry has as many octets
as `apps.audit.leaves` writes at most, whoever inserts it. `written_in` is the
number of the transaction that wrote an entry: with it the sequencer knows below
which number everything has been seen, which neither ids nor moments tell
(`apps.audit.sequencing`). SQLite has one writer, there the row's number tells it.
"""

from django.db import migrations

TABLES = (
    "audit_erasure",
    "audit_origin",
    "audit_freeze",
    "audit_checkpoint",
    "audit_cosignature",
    "audit_tile",
    "audit_leaf",
)
SQLITE = (
    """
    CREATE TRIGGER {table}_is_not_updated BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
)
POSTGRESQL = (
    """
    CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
)
# Keys by which a row could be replaced: REPLACE deletes without asking the triggers for deletion.
KEYS = {
    "audit_erasure": "erasure_id = NEW.erasure_id AND entry_id = NEW.entry_id",
    "audit_origin": "number = NEW.number OR name = NEW.name",
    "audit_freeze": "origin_id = NEW.origin_id",
    "audit_checkpoint": "origin_id = NEW.origin_id AND size = NEW.size",
    "audit_cosignature": (
        "origin_id = NEW.origin_id AND size = NEW.size AND witness = NEW.witness"
    ),
    "audit_tile": "origin_id = NEW.origin_id AND level = NEW.level AND number = NEW.number",
    "audit_leaf": (
        'origin_id = NEW.origin_id AND ("index" = NEW."index" OR entry_id = NEW.entry_id)'
    ),
}
REPLACED = """
    CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table}
    WHEN EXISTS (SELECT 1 FROM {table} WHERE {key})
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
"""
WRITTEN_IN = (
    """
    ALTER TABLE audit_entry ADD COLUMN written_in bigint NOT NULL
    DEFAULT (pg_current_xact_id()::text::bigint)
    """,
    "CREATE INDEX entries_by_transaction ON audit_entry (written_in, id)",
)
# What an entry can have at most (`apps.audit.leaves`) and a bundle of 256 can hold.
BOUNDED_ON_SQLITE = """
    CREATE TRIGGER entries_are_bounded BEFORE INSERT ON audit_entry
    WHEN length(CAST(NEW.leaf AS BLOB)) NOT BETWEEN 2 AND 1023
    BEGIN SELECT RAISE(ABORT, 'an entry has 2 to 1,023 octets'); END
"""
BOUNDED = """
    ALTER TABLE audit_entry ADD CONSTRAINT entries_are_bounded
    CHECK (octet_length(leaf) BETWEEN 2 AND 1023) NOT VALID
"""


def guard(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for table in TABLES:
        for statement in SQLITE if is_sqlite else POSTGRESQL:
            schema_editor.execute(statement.format(table=table))
        if is_sqlite:
            schema_editor.execute(REPLACED.format(table=table, key=KEYS[table]))
    schema_editor.execute(BOUNDED_ON_SQLITE if is_sqlite else BOUNDED)
    if not is_sqlite:
        for statement in WRITTEN_IN:
            schema_editor.execute(statement)


def unguard(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    kinds = ("updated", "deleted", "replaced") if is_sqlite else ("changed", "truncated")
    for table in TABLES:
        for kind in kinds:
            on = "" if is_sqlite else f" ON {table}"
            schema_editor.execute(f"DROP TRIGGER {table}_is_not_{kind}{on}")
    if is_sqlite:
        schema_editor.execute("DROP TRIGGER entries_are_bounded")
    else:
        schema_editor.execute("ALTER TABLE audit_entry DROP CONSTRAINT entries_are_bounded")
        schema_editor.execute("ALTER TABLE audit_entry DROP COLUMN written_in")


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_the_tree")]

    operations = [migrations.RunPython(guard, unguard)]
