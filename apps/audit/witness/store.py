"""
What the witness remembers: of each log the newest head that it signed.

A head takes the place of exactly the one that it was checked against, in one
conditional UPDATE: of two submissions that were checked against the same head
one is stored, and the other is to be checked again. With the write-ahead log
and synchronous=FULL a commit is on the disk when it returns.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, connect

_TABLE = """
CREATE TABLE IF NOT EXISTS newest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
) STRICT
"""
_FIRST = "INSERT INTO newest (size, root, note, origin) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_FOLLOW = (
    "UPDATE newest SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest head of a log that the witness signed, with the note that it serves."""

    size: int
    root: bytes
    note: str


class Store:
    """The heads of all logs in one SQLite file; for any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection: Connection = connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        )
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _TABLE):
            self._connection.execute(statement)

    def newest(self, origin: str) -> Seen | None:
        """Return what was signed last for this origin, None if nothing ever was."""
        with self._lock:
            row = self._connection.execute(
                "SELECT size, root, note FROM newest WHERE origin = ?", (origin,)
            ).fetchone()
        return Seen(*row) if row else None

    def follow(self, origin: str, seen: Seen, *, after: Seen | None) -> bool:
        """Store the head if what it was checked against is the newest still; say whether it was."""
        values = (seen.size, seen.root, seen.note, origin)
        with self._lock:
            if after is None:
                return self._connection.execute(_FIRST, values).rowcount == 1
            condition = (after.size, after.root)
            return self._connection.execute(_FOLLOW, values + condition).rowcount == 1

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        with self._lock:
            self._connection.close()
