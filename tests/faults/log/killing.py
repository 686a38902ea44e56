"""Two sequencers at once, killed with -9 again and again while entries are written."""

import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.log import checking
from tests.faults.log.checking import Heads
from tests.faults.services import Service, await_true
from tests.trips.servers import ROOT, Installation

WRITERS = 3
BACKLOG = 10_000
_LONGEST_CALM = 10.0
_SIZE = "SELECT count(*) FROM audit_leaf"
_WAITING = f"SELECT (SELECT count(*) FROM audit_entry) - ({_SIZE})"


@dataclass
class Report:
    """What was done and what was found."""

    database: str
    kills: int = 0
    kills_after_growth: int = 0
    entries: int = 0
    out_of_order: int = 0
    heads: int = 0
    heads_of_the_file: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the report down as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


class Program(Service):
    """A process of the installation's own: the sequencer's command, or a writer."""

    def __init__(self, name: str, folder: Path, installation: Installation, *what: str) -> None:
        super().__init__(name, folder, {**installation.environment, "PYTHONPATH": str(ROOT)})
        self.arguments = what

    def command(self) -> list[str]:
        return [sys.executable, *self.arguments]

    def written(self) -> list[str]:
        """Return the ids that a writer told to have committed."""
        said = (self.folder / f"{self.name}.log").read_text().split()
        return [word.replace("-", "") for word in said if word.count("-") == 4]


class Killing:
    """An installation whose sequencers are killed."""

    def __init__(self, folder: Path, installation: Installation, url: str, *, seed: int) -> None:
        self.folder, self.installation, self.url = folder, installation, url
        self.chance = random.Random(seed)
        command = (str(ROOT / "manage.py"), "sequence_audit")
        self.sequencers = [
            Program(f"sequencer-{number}", folder, installation, *command) for number in (1, 2)
        ]
        module = ("-m", "tests.faults.log.writer")
        self.writers = [
            Program(f"writer-{number}", folder, installation, *module, f"{seed}-{number}")
            for number in range(WRITERS)
        ]
        self.backlog = Program("backlog", folder, installation, *module, str(seed), str(BACKLOG))
        self.heads, self.head_sizes = Heads(), set[int]()
        self.is_over = threading.Event()

    def size(self, statement: str = _SIZE) -> int:
        """Return how many leaves there are, or another count."""
        return int(checking.rows(self.url, statement)[0][0])

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Collect every head that the file outside the database ever shows."""
        watching = threading.Thread(target=self._watch, daemon=True)
        watching.start()
        try:
            yield
        finally:
            self.is_over.set()
            watching.join(10)
            for program in (*self.sequencers, *self.writers):
                program.end()

    def _watch(self) -> None:
        head = self.installation.folder / "audit" / "head"
        seen = ""
        while not self.is_over.wait(0.005):
            with contextlib.suppress(FileNotFoundError):
                if (note := head.read_text()) != seen:
                    seen = note
                    self.head_sizes.add(self.heads.add(note))

    def kill(self, report: Report) -> None:
        """Let the tree grow, then kill one of the two at a random moment and start it again."""
        before, calm = self.size(), time.monotonic() + self.chance.uniform(0.5, _LONGEST_CALM)
        while (grown := self.size() > before) is False and time.monotonic() < calm:
            time.sleep(0.02)
        time.sleep(self.chance.uniform(0, 0.4))
        victim = self.chance.choice(self.sequencers)
        victim.kill()
        victim.start()
        report.kills += 1
        report.kills_after_growth += grown

    def run(self, *, kills: int) -> Report:
        """Kill so many times, let the rest be sequenced, and compare with the truth."""
        report, begun = Report(self.url.partition(":")[0]), time.monotonic()
        self.backlog.start()
        assert self.backlog.process is not None
        assert self.backlog.process.wait(120) == 0
        clean = cleanly_sequenced(self)
        with self.watched():
            for program in (*self.writers, *self.sequencers):
                program.start()
            while report.kills < kills:
                self.kill(report)
            for writer in self.writers:
                writer.end()
            await_true(lambda: self.size(_WAITING) == 0, "sequencing the rest", seconds=120)
            await_true(self._is_signed, "signing the last head", seconds=30)
        found = checking.stored(self.url)
        for note in found.notes:
            self.heads.add(note)
        written = [key for writer in (self.backlog, *self.writers) for key in writer.written()]
        report.wrong = checking.wrong(found, written=written, heads=self.heads)
        report.wrong += differing(found, clean)
        report.entries, report.heads = len(found.leaves), len(self.heads.roots)
        report.heads_of_the_file = len(self.head_sizes)
        report.out_of_order = _out_of_order(found.leaves)
        report.seconds = round(time.monotonic() - begun, 1)
        return report

    def _is_signed(self) -> bool:
        newest = self.size("SELECT coalesce(max(size), 0) FROM audit_checkpoint")
        return newest == self.size() and newest in self.head_sizes


def cleanly_sequenced(killing: Killing) -> checking.Stored:
    """Sequence a copy of what was written so far without any kill and return its tree."""
    folder = killing.folder / "clean"
    folder.mkdir()
    copied = Installation(folder / "data", dict(killing.installation.variables))
    url = copy(killing.url, copied)
    sequencer = Program("clean", folder, copied, str(ROOT / "manage.py"), "sequence_audit")
    sequencer.start()
    try:
        await_true(lambda: checking.rows(url, _SIZE)[0][0] >= BACKLOG, "the clean run", seconds=120)
    finally:
        sequencer.end()
    return checking.stored(url)


def copy(url: str, copied: Installation) -> str:
    """Copy the database into another installation and return where it is."""
    if url.startswith("postgres"):
        import psycopg

        name = url.rpartition("/")[2]
        with psycopg.connect(f"{url.rpartition('/')[0]}/template1", autocommit=True) as server:
            server.execute(f'CREATE DATABASE clean TEMPLATE "{name}"')
        copied.variables["DATABASE_URL"] = f"{url.rpartition('/')[0]}/clean"
        return copied.variables["DATABASE_URL"]
    copied.folder.mkdir(parents=True)
    target = copied.folder / "db.sqlite3"
    checking.rows(url, f"VACUUM INTO '{target}'")
    keys = Path(url).parent / "keys"
    subprocess.run(["cp", "-a", str(keys), str(copied.folder)], check=True)
    return str(target)


def differing(found: checking.Stored, clean: checking.Stored) -> list[str]:
    """What lay there before the first start has the order and the root of the clean run."""
    same = [key for _, key, *_ in found.leaves[:BACKLOG]] == [
        key for _, key, *_ in clean.leaves[:BACKLOG]
    ]
    return [] if same else ["a run without kills gives the entries another order"]


def _out_of_order(leaves: list[tuple[int, str, bytes, bytes | None]]) -> int:
    """Return how many entries got their index after an entry that was made later."""
    newest, late = "", 0
    for _, key, *_ in leaves:
        late += key < newest
        newest = max(newest, key)
    return late
