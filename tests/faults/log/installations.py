"""The two installations whose log is put to the test; what runs in them ends with the block."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.log.killing import Killing
from tests.faults.services import PostgreSQL, reap
from tests.trips.servers import Installation


@contextlib.contextmanager
def on_postgresql(folder: Path, *, seed: int) -> Iterator[Killing]:
    """Yield an installation on a PostgreSQL of its own."""
    folder.chmod(0o755)
    server = PostgreSQL(folder)
    try:
        server.start()
        server.await_ready()
        installation = Installation(folder / "data", {"DATABASE_URL": server.url})
        installation.manage("migrate", "--verbosity", "0")
        yield Killing(folder, installation, server.url, seed=seed)
    finally:
        _end(folder, server)


@contextlib.contextmanager
def on_sqlite(folder: Path, *, seed: int) -> Iterator[Killing]:
    """Yield an installation on SQLite."""
    installation = Installation(folder / "data")
    try:
        installation.manage("migrate", "--verbosity", "0")
        yield Killing(folder, installation, str(folder / "data" / "db.sqlite3"), seed=seed)
    finally:
        _end(folder)


def _end(folder: Path, server: PostgreSQL | None = None) -> None:
    if server is not None:
        server.end()
    while reap(folder):
        time.sleep(0.2)
