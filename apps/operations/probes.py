"""
The questions behind `/health/ready` and `/metrics`: each answers in a word and never raises.

A probe tells whether the installation works, nothing about its people; while
shuttered it stays healthy and says so.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from apps.audit import signs
from apps.common import clock
from apps.shutter import queries as shutter

_BROKER_SECONDS = 2
_log = structlog.get_logger()
_migrated: set[str] = set()


@dataclass(frozen=True, slots=True)
class Health:
    """Each check's name with whether it passed, and each scope's state."""

    checks: dict[str, bool]
    shutter: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return all(self.checks.values())


def health() -> Health:
    """Return the state of database, migrations, broker, keys and log, and of the scopes."""
    has_database = _passes("database", _has_database)
    return Health(
        checks={
            "database": has_database,
            "migrations": has_database and _passes("migrations", _has_migrated),
            "broker": _passes("broker", _has_broker),
            "keys": _passes("keys", _has_keys),
            "log": has_database and _passes("log", _has_log),
        },
        shutter=_scopes() if has_database else {},
    )


def lacks_migrations() -> bool:
    """Tell whether the database answers and is not what this version expects."""
    return _passes("database", _has_database) and not _passes("migrations", _has_migrated)


def _passes(name: str, probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except Exception as failure:  # noqa: BLE001 - whatever fails, the answer is "not ready"
        _log.warning("probe_failed", probe=name, kind=type(failure).__name__)
        return False


def _has_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _has_migrated() -> bool:
    """Whether all migrations are applied; asked until the first yes: the files do not change."""
    if connection.alias in _migrated:
        return True
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    _migrated.add(connection.alias)
    return True


def _has_broker() -> bool:
    folder = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).get("data_folder_in")
    if folder is not None:
        return os.access(folder, os.W_OK | os.X_OK)
    with current_app.connection_for_write(connect_timeout=_BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=_BROKER_SECONDS)
    return True


def _has_keys() -> bool:
    return len(settings.SECRET_KEY) >= 32 and len(settings.PSEUDONYM_KEY) >= 32


def _has_log() -> bool:
    return signs.is_kept(clock.now())


def _scopes() -> dict[str, str]:
    try:
        return {scope: str(each.state) for scope, each in shutter.status().items()}
    except DatabaseError:
        return {}
