"""
Eight processes that insert at once, with the sequencer at work and with no tree at all.

The second side is the same tables without the column, and its index, by which
the sequencer finds what is new. Rounds alternate; each pair gives one ratio.
"""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.audit.servers import Server, installation, server
from tests.faults.services import await_true, children_of
from tests.trips.servers import ROOT, Installation, end

PROCESSES = 8
ROUNDS = int(os.environ.get("BENCH_AUDIT_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_AUDIT_SECONDS", "6"))
_UNGRANTED = """
    SELECT waiting.locktype, waiting.mode FROM pg_locks waiting
    JOIN pg_stat_activity backend USING (pid)
    WHERE NOT waiting.granted AND backend.datname = current_database()
"""
# Both moments are those of the commits, as the server noted them.
_LATENCY = """
    SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(
        epoch FROM pg_xact_commit_timestamp(leaf.xmin) - pg_xact_commit_timestamp(entry.xmin)))
    FROM audit_leaf leaf JOIN audit_entry entry ON entry.id = leaf.entry_id
    WHERE leaf."index" >= {since}
"""
_WAITING = "SELECT (SELECT count(*) FROM audit_entry) - (SELECT count(*) FROM audit_leaf)"


@dataclass
class Rates:
    """Inserts a second with and without the tree, latencies, and locks that were waited for."""

    pairs: list[tuple[float, float]] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)
    latencies: list[list[float]] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    samples: int = 0

    @property
    def ratio(self) -> float:
        """The rate with the tree of the rate without, the median of the pairs."""
        return median(with_tree / without for with_tree, without in self.pairs)

    def tell(self) -> None:
        """Print the absolute figures, which hold on this machine and at this load alone."""
        load = Path("/proc/loadavg").read_text().split()[:3]
        print(f"inserts a second, with the tree and without: {self.pairs}; load {load}")  # noqa: T201
        print(f"CPU milliseconds an insert, with the tree and without: {self.cpu}")  # noqa: T201
        print(f"commit to index, p50, p99, most: {self.latencies}")  # noqa: T201
        print(f"{self.samples} looks at the locks, waited for: {self.waited[:20]}")  # noqa: T201


class Crowd:
    """Eight processes that insert into one database at once."""

    def __init__(self, made: Server, site: Installation) -> None:
        self.made = made
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.audit.inserter"],
                cwd=ROOT, env={**site.environment, "PYTHONPATH": str(ROOT)}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
            for _ in range(PROCESSES)
        ]  # fmt: skip
        assert {self._said(process) for process in self.processes} == {"ready\n"}

    def rate(self, *others: int) -> tuple[float, float]:
        """
        Let all insert for the same seconds.

        Returns how many a second, and the milliseconds of CPU for each: of these
        processes, of the server and of the others.
        """
        self.made.run("CHECKPOINT")
        roots = [*(process.pid for process in self.processes), self.made.process.pid, *others]
        before = sum(map(cpu_seconds, roots))
        for process in self.processes:
            assert process.stdin is not None
            print(time.time() + 1, SECONDS, file=process.stdin, flush=True)
        count = sum(int(self._said(process)) for process in self.processes)
        return count / SECONDS, 1000 * (sum(map(cpu_seconds, roots)) - before) / count

    def end(self) -> None:
        """Let all end."""
        for process in self.processes:
            process.communicate(timeout=20)

    def _said(self, process: "subprocess.Popen[str]") -> str:
        assert process.stdout is not None
        return process.stdout.readline()


def measured() -> Rates:
    """Measure in a server and in databases of their own."""
    found = Rates()
    with server() as (folder, made):
        site = installation(folder, made, "with_tree")
        without = installation(folder, made, "without")
        made.run("ALTER TABLE audit_entry DROP COLUMN written_in", database="without")
        beside, alone = Crowd(made, site), Crowd(made, without)
        for number in range(ROUNDS):
            # Who goes first alternates as well.
            if number % 2:
                pair = _sequenced(found, made, site, beside), alone.rate()
            else:
                pair = tuple(reversed((alone.rate(), _sequenced(found, made, site, beside))))
            (rate, cpu), (rate_alone, cpu_alone) = pair
            found.pairs.append((rate, rate_alone))
            found.cpu.append((cpu, cpu_alone))
        found.waited += made.waits()
        beside.end()
        alone.end()
    return found


def _sequenced(found: Rates, made: Server, site: Installation, crowd: Crowd) -> tuple[float, float]:
    """Insert beside the sequencer, whose latencies and whose locks are looked at."""
    sequencer = site.start("sequence_audit")
    is_over = threading.Event()
    watching = threading.Thread(target=_watch, args=(found, made, is_over), daemon=True)
    try:
        await_true(lambda: _waiting(made) == 0, "the sequencer's start", seconds=60)
        ((since,),) = made.rows("SELECT count(*) FROM audit_leaf", database="with_tree")
        watching.start()
        rate = crowd.rate(sequencer.pid)
        is_over.set()
        watching.join()
        await_true(lambda: _waiting(made) == 0, "sequencing the round", seconds=60)
    finally:
        end(sequencer)
    ((latency,),) = made.rows(_LATENCY.format(since=since), database="with_tree")
    found.latencies.append([float(each) for each in latency])
    return rate


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, of its children, and of those that have ended."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    own = sum(map(int, parts[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(cpu_seconds, children_of(pid)))


def _waiting(made: Server) -> int:
    return int(made.rows(_WAITING, database="with_tree")[0][0])


def _watch(found: Rates, made: Server, is_over: threading.Event) -> None:
    """Look every 20 ms whether anybody waits for a lock."""
    with made.opened("with_tree") as connection:
        while not is_over.wait(0.02):
            rows = connection.execute(_UNGRANTED).fetchall()
            found.waited += [f"{kind} {mode}" for kind, mode in rows]
            found.samples += 1
