"""
The log's tree: what it takes from inserting, how fast it is built, and how fast it proves.

Inserting is measured on a PostgreSQL of the benchmark's own, which notes the
moment of each commit; it is left out, and says so, where PostgreSQL's programs
are absent. `BENCH_AUDIT_ENTRIES` (200,000) is the size of the larger tree.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.audit import rates, servers
from tests.bench.rows import Row
from tests.faults import services
from tests.trips.servers import ROOT, Installation

SMALL = 70_000
LARGE = int(os.environ.get("BENCH_AUDIT_ENTRIES", "200000"))
BUILD_SECONDS, PROOF_SECONDS, INDEX_SECONDS = 5, 0.005, 0.3


def rows() -> list[Row]:
    """Return the ratios: of inserting without a tree, and of the seconds that are allowed."""
    if lacking := services.missing_of_postgresql():
        print(f"This machine lacks {lacking}: rows of PostgreSQL are left out.")  # noqa: T201
        return _tree_rows("SQLite", on_sqlite())
    return [
        *_inserting(),
        *_tree_rows("SQLite", on_sqlite()),
        *_tree_rows("PostgreSQL", on_postgresql()),
    ]


def _inserting() -> list[Row]:
    found = rates.measured()
    found.tell()
    latest = median(each[1] for each in found.latencies) / INDEX_SECONDS
    waits = len(found.waited)
    return [
        Row("8 processes inserting, with the tree of without", found.ratio, 0.8),
        Row("commit to index, p99, of 0.3 s", latest, 1, is_at_least=False),
        Row("locks that an insert waited for", waits, 0, is_at_least=False),
    ]


def _tree_rows(name: str, found: dict[str, Any]) -> list[Row]:
    print(name, json.dumps(found))  # noqa: T201 - absolute figures, which hold on this machine alone
    built = Row(f"{name}, 70,000 entries sequenced and signed, of 5 s",
                found["build"] / BUILD_SECONDS, 1, is_at_least=False)  # fmt: skip
    sizes = [("small_proofs", SMALL), ("large_proofs", LARGE)]
    proofs = [
        Row(f"{name}, a proof among {size:,}, p99, of 5 ms",
            found[kind]["p99"] / PROOF_SECONDS, 1, is_at_least=False)
        for kind, size in sizes if kind in found
    ]  # fmt: skip
    return [built, *proofs]


def on_sqlite() -> dict[str, Any]:
    """Return the figures of a tree in SQLite."""
    with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as folder:
        site = Installation(Path(folder) / "data")
        site.manage("migrate", "--verbosity", "0")
        return _measured(site)


def on_postgresql() -> dict[str, Any]:
    """Return the figures of a tree in a PostgreSQL of its own."""
    with servers.server() as (folder, made):
        return _measured(servers.installation(folder, made, "tree"))


def _measured(site: Installation) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.audit.tree", str(SMALL), str(LARGE)],
        cwd=ROOT, env={**site.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))
