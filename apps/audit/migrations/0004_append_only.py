"""
The database refuses to change the log, whoever asks.

An entry is never updated, deleted or replaced. Of a detail only erasing is
allowed: personal columns become NULL together with the nonce that opens their
commitment, and the row says which erasure did it. On SQLite a later migration
that rebuilds one of these tables drops its triggers and must make them again.
"""

from django.db import migrations

SQLITE = [
    """
    CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    # REPLACE deletes the row in its way without asking the triggers for deletion.
    """
    CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON audit_entry
    WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER details_are_not_deleted BEFORE DELETE ON audit_detail
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER details_are_not_replaced BEFORE INSERT ON audit_detail
    WHEN EXISTS (
        SELECT 1 FROM audit_detail WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid
    )
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER details_are_only_erased BEFORE UPDATE ON audit_detail
    WHEN NOT (
        NEW.entry_id IS OLD.entry_id
        AND NEW.erased_by IS NOT NULL
        AND (
            (NEW.actor IS OLD.actor AND NEW.role IS OLD.role
                AND NEW.actor_nonce IS OLD.actor_nonce)
            OR (NEW.actor IS NULL AND NEW.role IS NULL AND NEW.actor_nonce IS NULL)
        )
        AND (
            (NEW.subject IS OLD.subject AND NEW.subject_nonce IS OLD.subject_nonce)
            OR (NEW.subject IS NULL AND NEW.subject_nonce IS NULL)
        )
        AND (
            (NEW.parameters IS OLD.parameters AND NEW.parameters_nonce IS OLD.parameters_nonce)
            OR (NEW.parameters IS NULL AND NEW.parameters_nonce IS NULL)
        )
    )
    BEGIN SELECT RAISE(ABORT, 'details of the log are only erased'); END
    """,
]
SQLITE_UNDO = [
    "DROP TRIGGER entries_are_not_updated",
    "DROP TRIGGER entries_are_not_deleted",
    "DROP TRIGGER entries_are_not_replaced",
    "DROP TRIGGER details_are_not_deleted",
    "DROP TRIGGER details_are_not_replaced",
    "DROP TRIGGER details_are_only_erased",
]

POSTGRESQL = [
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION audit_only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.entry_id = OLD.entry_id
            AND NEW.erased_by IS NOT NULL
            AND (
                (NEW.actor, NEW.role, NEW.actor_nonce)
                    IS NOT DISTINCT FROM (OLD.actor, OLD.role, OLD.actor_nonce)
                OR (NEW.actor IS NULL AND NEW.role IS NULL AND NEW.actor_nonce IS NULL)
            )
            AND (
                (NEW.subject, NEW.subject_nonce)
                    IS NOT DISTINCT FROM (OLD.subject, OLD.subject_nonce)
                OR (NEW.subject IS NULL AND NEW.subject_nonce IS NULL)
            )
            AND (
                (NEW.parameters, NEW.parameters_nonce)
                    IS NOT DISTINCT FROM (OLD.parameters, OLD.parameters_nonce)
                OR (NEW.parameters IS NULL AND NEW.parameters_nonce IS NULL)
            )
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'details of the log are only erased'
            USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER entries_are_not_changed BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER entries_are_not_truncated BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER details_are_not_deleted BEFORE DELETE ON audit_detail
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER details_are_not_truncated BEFORE TRUNCATE ON audit_detail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER details_are_only_erased BEFORE UPDATE ON audit_detail
    FOR EACH ROW EXECUTE FUNCTION audit_only_erase()
    """,
]
POSTGRESQL_UNDO = [
    "DROP TRIGGER details_are_only_erased ON audit_detail",
    "DROP TRIGGER details_are_not_truncated ON audit_detail",
    "DROP TRIGGER details_are_not_deleted ON audit_detail",
    "DROP TRIGGER entries_are_not_truncated ON audit_entry",
    "DROP TRIGGER entries_are_not_changed ON audit_entry",
    "DROP FUNCTION audit_only_erase()",
    "DROP FUNCTION audit_refuse()",
]


def guard(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    statements = {"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO}[vendor]
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_the_log")]

    operations = [migrations.RunPython(guard, unguard)]
