"""
Details are blanked by an erasure that is written down, and lists the entry.

Before, any number would do for `erased_by`. Now it names an entry of the event
`details.erased`, and a row of its list names the entry whose details go: both are
written before, in the same transaction (`apps.audit.actions.erasing`).
"""

from importlib import import_module

from django.db import migrations

_before = import_module("apps.audit.migrations.0004_append_only")
_LISTED = """EXISTS (
            SELECT 1 FROM audit_entry WHERE id = NEW.erased_by AND event = 'details.erased'
        ) AND EXISTS (
            SELECT 1 FROM audit_erasure
            WHERE erasure_id = NEW.erased_by AND entry_id = NEW.entry_id
        )"""
_SQLITE = next(each for each in _before.SQLITE if "details_are_only_erased" in each)
_POSTGRESQL = next(each for each in _before.POSTGRESQL if "audit_only_erase() RETURNS" in each)


def _replacing(statement):
    return statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _stricter(statement):
    return statement.replace("NEW.erased_by IS NOT NULL", _LISTED)


def _write(schema_editor, *, change):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER details_are_only_erased")
        schema_editor.execute(change(_SQLITE))
    else:
        schema_editor.execute(_replacing(change(_POSTGRESQL)))


def guard(apps, schema_editor):
    _write(schema_editor, change=_stricter)


def unguard(apps, schema_editor):
    _write(schema_editor, change=str)


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_details_not_erased")]

    operations = [migrations.RunPython(guard, unguard)]
