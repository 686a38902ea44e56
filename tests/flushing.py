"""
Emptying a test database whose log refuses to be emptied.

Tests that commit are followed by a flush. It would stop at the triggers that
make the log append-only, and it would take along the rows that migrations
made. So for the length of a flush the triggers are lifted, and afterwards the
rows come back.
"""

from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase


@contextmanager
def triggers_lifted(connection):
    """Lift every trigger that migrations made, and set each again as it was."""
    if connection.vendor == "sqlite":
        find = "SELECT 'DROP TRIGGER ' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        find = """
            SELECT format('ALTER TABLE %I DISABLE TRIGGER %I', relname, tgname),
                   format('ALTER TABLE %I ENABLE TRIGGER %I', relname, tgname)
            FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal
        """
    with connection.cursor() as cursor:
        cursor.execute(find)
        statements = cursor.fetchall()
        for lift, _ in statements:
            cursor.execute(lift)
        try:
            yield
        finally:
            for _, restore in statements:
                cursor.execute(restore)


_kept: dict[str, str] = {}


def _keep(cls) -> None:
    """Remember, before the first test that commits, what the migrations left."""
    for alias in cls._databases_names(include_mirrors=False):
        if alias not in _kept:
            _kept[alias] = connections[alias].creation.serialize_db_to_string()
    _set_up(cls)


def _empty(test_case) -> None:
    for alias in test_case._databases_names(include_mirrors=False):
        connection = connections[alias]
        with triggers_lifted(connection):
            # The rows that come back bear their numbers: new ones have to go on behind them.
            call_command(
                "flush",
                verbosity=0,
                interactive=False,
                database=alias,
                inhibit_post_migrate=True,
                reset_sequences=False,
            )
        connection.creation.deserialize_db_from_string(_kept[alias])


_set_up = TransactionTestCase._fixture_setup.__func__
TransactionTestCase._fixture_setup = classmethod(_keep)
TransactionTestCase._fixture_teardown = _empty
