"""An installation whose database is copied, put back and tampered with; its log is looked at."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.trips.servers import Installation, end

_ADDED = """
import json
from datetime import timedelta
from apps.common import actors, clock
from apps.people import actions
by, at = actors.command("trip"), clock.now()
people = {
    name: actions.add_person(email=f"{name}@corp.example", role=role, actor=by, at=at).id
    for name, role in (("alice", "employee"), ("olga", "auditor"), ("otto", "auditor"))
}
issued = actions.issue_token(
    person_id=people["alice"], name="trip", lifetime=timedelta(days=1), actor=by, at=at
)
print(json.dumps({**people, "token": issued.token}))
"""
_WRITTEN = """
from django.db import transaction
from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, clock
for number in range({count}):
    with transaction.atomic():
        audit.record(
            event=Event.BOARD_VIEWED, actor=actors.user(number + 1), at=clock.now(),
            item=audit.Item("board", "7"), count=number, rule="view_board",
        )
"""
_CONTINUED = """
from apps.audit.actions import continuing
from apps.common import actors, clock
request = continuing.ask_to_continue(
    actor=actors.user({asker}), reason="An old backup was restored.", at=clock.now()
)
continuing.approve_continuation(
    request_id=request.id, actor=actors.user({approver}), at=clock.now()
)
"""


class LogTrip:
    """One installation, its people, and the files beside its log."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.url = installation.variables.get("DATABASE_URL", "")
        self.file = installation.folder / "db.sqlite3"
        self.backup = installation.folder.parent / "backup"
        self.beside = installation.folder / "audit"
        self.people: dict[str, Any] = json.loads(self._run(_ADDED).splitlines()[-1])

    def write(self, count: int) -> None:
        """Write so many entries, each in a transaction."""
        self._run(_WRITTEN.format(count=count))

    def go_on(self) -> None:
        """Let one auditor ask for the log to go on and another approve."""
        names = {"asker": self.people["olga"], "approver": self.people["otto"]}
        self._run(_CONTINUED.format(**names))

    def signed(self) -> str:
        """Sequence and sign whatever waits, and return the newest head."""
        self.installation.manage("sequence_audit", "--once")
        return self.head()

    def head(self) -> str:
        """Return the head that is kept outside the database, nothing while there is none."""
        with contextlib.suppress(FileNotFoundError):
            return (self.beside / "head").read_text()
        return ""

    def freeze(self) -> dict[str, Any]:
        """Return what the file beside the head says of a freeze, nothing while there is none."""
        with contextlib.suppress(FileNotFoundError):
            return dict(json.loads((self.beside / "frozen.json").read_text()))
        return {}

    @contextlib.contextmanager
    def sequencing(self) -> Iterator[None]:
        """Let the sequencer run beside the block."""
        process = self.installation.start("sequence_audit")
        try:
            yield
        finally:
            end(process)

    def rows(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, as the database's owner could, and return the last one's rows."""
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as server:
                for statement in statements:
                    cursor = server.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with contextlib.closing(sqlite3.connect(self.file, timeout=30)) as database, database:
            for statement in statements:
                found = database.execute(statement).fetchall()
            return found

    def past_its_refusal(self, table: str, *statements: str) -> None:
        """Run statements which the triggers of the table would refuse."""
        if self.url:
            self.rows("SET session_replication_role = replica", *statements)
            return
        triggers = self.rows(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
        )
        dropped = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        self.rows(*dropped, *statements, *(sql for _, sql in triggers))

    def back_up(self) -> None:
        """Copy the database as an operator does."""
        if not self.url:
            self.rows(f"VACUUM INTO '{self.backup}'")
            return
        if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
            pytest.skip("pg_dump is not on this machine")
        dumped = ["pg_dump", "--format", "custom", "--file", str(self.backup), self.url]
        subprocess.run(dumped, check=True)

    def restore(self) -> None:
        """Put the copy in the place of the database; the files beside it stay as they are."""
        if not self.url:
            for each in ("", "-wal", "-shm"):
                Path(f"{self.file}{each}").unlink(missing_ok=True)
            shutil.copy(self.backup, self.file)
            return
        server, _, name = self.url.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as administration:
            administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            administration.execute(f'CREATE DATABASE "{name}"')
        subprocess.run(["pg_restore", "--dbname", self.url, str(self.backup)], check=True)

    def _run(self, code: str) -> str:
        return self.installation.manage("shell", "--verbosity", "0", "-c", code).stdout
