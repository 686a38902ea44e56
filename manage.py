#!/usr/bin/env python
"""Django's command line for Claudeonomics."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError

UNMIGRATED = "The database is not migrated: run manage.py migrate or manage.py launch first."


def main(arguments: list[str]) -> None:
    """Run the command; a wrong setting or a missing table is a sentence, not a traceback."""
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as wrong:
        if "--traceback" in arguments:
            raise
        sys.exit(str(wrong))
    except DatabaseError:
        # These two migrate themselves: what stops them is something else.
        if {"migrate", "launch", "--traceback"} & set(arguments) or not _is_unmigrated():
            raise
        sys.exit(UNMIGRATED)


def _is_unmigrated() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:  # It does not answer at all, which the first failure has said.
        return False


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.embedded")
    main(sys.argv)
