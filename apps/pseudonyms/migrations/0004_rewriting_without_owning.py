"""
On PostgreSQL, let a role rewrite a table that it may empty, without owning it.

CLUSTER asks for the table's owner, and processes that serve shall own nothing
(docker/roles.sql). The function runs as the owner and changes no row.
"""

from django.db import migrations

MAKE = """
    CREATE FUNCTION rewrite_in_key_order(wanted regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        key name;
    BEGIN
        IF NOT has_table_privilege(session_user, wanted, 'DELETE') THEN
            RAISE EXCEPTION 'only who may delete rows has them rewritten'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT relname INTO STRICT key
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = wanted AND indisprimary;
        EXECUTE format('CLUSTER %s USING %I', wanted, key);
    END $$
"""
UNDO = "DROP FUNCTION rewrite_in_key_order(regclass)"


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE, params=None)


def undo(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UNDO)


class Migration(migrations.Migration):
    dependencies = [("pseudonyms", "0003_refused_identities")]
    operations = [migrations.RunPython(make, undo)]
