"""
Intake against its own limits: PostgreSQL's bare transaction, and ccusage on the same transcripts.

Each side runs in processes of its own. PostgreSQL is the one that the suite
uses; ccusage is used where it is on the PATH (`npm install -g ccusage@20.0.24`).
Both are left out, and say so, where they are absent.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.rows import Row
from tests.run import POSTGRES, ROOT, reached

ROUNDS = 3
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "200000"))
LARGE = 2_000_000
"""From so many messages on memory is compared: of few, the interpreter itself is the most."""


def rows() -> list[Row]:
    """Return the ratios of intake."""
    return [*_postgresql(), *_transcripts()]


def _postgresql() -> list[Row]:
    few, many, filled = _rates()

    def ratio(rates: dict[str, float], one: str, other: str) -> float | None:
        return rates[one] / rates[other] if rates else None

    return [
        Row("upload of 50 people's records, of the bare SQL", ratio(few, "posted", "bare"), 0.6),
        Row("upload of 20,000 people's, of the bare SQL", ratio(many, "posted", "bare"), 0.6),
        Row("bare SQL, 50 people a batch, of COPY", ratio(few, "bare", "copied"), 0.3),
        Row("bare SQL, 20,000 people, of COPY", ratio(many, "bare", "copied"), 0.18),
        Row("upload into full tables, of nearly empty ones", _each(filled, many, "posted"), 0.7),
        Row("bare SQL into full tables, of nearly empty ones", _each(filled, many, "bare"), 0.7),
        Row("replay, of new records (50 people)", ratio(few, "replayed", "posted"), 2),
    ]


def _each(one: dict[str, float], other: dict[str, float], name: str) -> float | None:
    return one[name] / other[name] if one else None


def _rates() -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    url = os.environ.get("CLAUDEONOMICS_TEST_DATABASE_URL", POSTGRES)
    if not reached(url):
        print("PostgreSQL does not answer: its rows are left out.")  # noqa: T201
        return {}, {}, {}
    with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as folder:
        environment = {**os.environ, "DATABASE_URL": url, "CLAUDEONOMICS_DATA_DIR": folder}
        environment["CLAUDEONOMICS_LOG_LEVEL"] = "ERROR"
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.usage.postgresql"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    print({side: {k: round(v) for k, v in rates.items()} for side, rates in found.items()})  # noqa: T201
    return found["few"], found["many"], found["filled"]


def _transcripts() -> list[Row]:
    peer = shutil.which("ccusage")
    cpu = memory = None
    if peer is None:
        print("ccusage is not on the PATH: its rows are left out.")  # noqa: T201
    else:
        with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as folder:
            _run("write", folder, str(MESSAGES))
            measured = [_round(peer, folder) for _ in range(ROUNDS)]
            stored = json.loads(_run("ingest", folder))
        _tell(
            "seconds of CPU", [side["cpu"] for side, _ in measured], [s["cpu"] for _, s in measured]
        )
        cpu = median(ours["cpu"] / theirs["cpu"] for ours, theirs in measured)
        peak = median(theirs["peak_mib"] for _, theirs in measured)
        _tell("MiB at the peak, with the write", [stored["peak_mib"]], [peak])
        assert stored["tokens"] == measured[0][0]["tokens"], (stored, measured)
        memory = stored["peak_mib"] / peak if MESSAGES >= LARGE else None
    return [
        Row("transcripts: CPU, of ccusage", cpu, 0.6, is_at_least=False),
        Row(
            "transcripts into the database: peak memory, of ccusage",
            memory,
            0.25,
            is_at_least=False,
        ),
    ]


def _tell(what: str, ours: list[float], theirs: list[float]) -> None:
    print(f"{MESSAGES:,} messages, {what}: {median(ours):.2f}, ccusage {median(theirs):.2f}")  # noqa: T201


def _round(peer: str, folder: str) -> tuple[dict[str, float], dict[str, float]]:
    ours = json.loads(_run("read", folder))
    theirs = json.loads(_run("peer", folder, peer))
    assert ours["tokens"] == theirs["tokens"], (ours, theirs)
    return ours, theirs


def _run(what: str, folder: str, *arguments: str) -> str:
    projects = str(Path(folder) / "projects")
    return subprocess.run(
        [sys.executable, "-m", "tests.bench.usage.transcripts", what, projects, *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
