"""A PostgreSQL of the benchmark's own, which notes when things commit and who waits for whom."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.faults.services import PostgreSQL, reap
from tests.trips.servers import Installation


class Server(PostgreSQL):
    """Keeps the moment of each commit, and tells in its log of locks waited for above 1 ms."""

    def command(self) -> list[str]:
        noted = ("track_commit_timestamp=on", "log_lock_waits=on", "deadlock_timeout=1ms",
                 "max_wal_size=8GB", "shared_buffers=1GB")  # fmt: skip
        return [*super().command(), *(part for each in noted for part in ("-c", each))]

    def run(self, statement: str, *values: object, database: str = "postgres") -> None:
        """Run a statement outside of any transaction."""
        with self.opened(database) as connection:
            connection.execute(statement, values or None)

    def rows(self, statement: str, *, database: str) -> list[tuple]:
        """Return a statement's rows."""
        with self.opened(database) as connection:
            return connection.execute(statement).fetchall()

    def opened(self, database: str) -> psycopg.Connection:
        """Open a connection that commits each statement."""
        return psycopg.connect(self.address(database), autocommit=True)

    def address(self, database: str) -> str:
        """Return the URL of a database."""
        return f"{self.url.rpartition('/')[0]}/{database}"

    def waits(self) -> list[str]:
        """Return the lines of the log about locks that somebody waited for."""
        said = (self.folder / "postgresql.log").read_text(errors="replace").splitlines()
        return [line for line in said if "still waiting for" in line]


@contextlib.contextmanager
def server() -> Iterator[tuple[Path, Server]]:
    """Yield a folder and a server in it; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="claudeonomics-bench-"))
    folder.chmod(0o755)
    made = Server(folder)
    try:
        made.start()
        made.await_ready()
        yield folder, made
    finally:
        made.end()
        while reap(folder):
            time.sleep(0.2)
        shutil.rmtree(folder, ignore_errors=True)


def installation(folder: Path, made: Server, name: str) -> Installation:
    """Return a migrated installation of this name, in a database of its own."""
    made.run(f'CREATE DATABASE "{name}"')
    found = Installation(folder / name, {"DATABASE_URL": made.address(name)})
    found.manage("migrate", "--verbosity", "0")
    return found
