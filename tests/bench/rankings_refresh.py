"""
Refreshing everyone's standing, against recomputing it, against DuckDB; reading one's own rank.

85,000 people (`RANKINGS_BENCH_PEOPLE`) with 30 days of two models each, in scratch databases of
their own: SQLite, and the PostgreSQL of `CLAUDEONOMICS_TEST_DATABASE_URL` where it answers.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.rows import Row

ROOT = Path(__file__).parent.parent.parent
DEFAULT_POSTGRESQL = "postgres://root@127.0.0.1:5432/test"


def rows() -> list[Row]:
    """Return the ratios of refreshing, recomputing and reading ranks."""
    sqlite = measured("")
    url = os.environ.get("CLAUDEONOMICS_TEST_DATABASE_URL", DEFAULT_POSTGRESQL)
    postgresql = measured(url)
    duckdb = Row(
        "PostgreSQL, summing and ranking everyone, of DuckDB on Parquet",
        ratio(postgresql, "ranked", "duckdb"),
        2,
        is_at_least=False,
    )
    return [
        *read_and_refreshed("SQLite", sqlite),
        *read_and_refreshed("PostgreSQL", postgresql),
        duckdb,
    ]


def read_and_refreshed(name: str, figures: dict[str, float]) -> list[Row]:
    """Return the rows that both databases have."""
    return [
        Row(
            f"{name}, a minute's refresh of all ranks, of a full recompute",
            ratio(figures, "incremental", "full"),
            0.25,
            is_at_least=False,
        ),
        Row(
            f"{name}, my rank, of SELECT 1 by primary key",
            ratio(figures, "rank", "one"),
            1.5,
            is_at_least=False,
        ),
        Row(f"{name}, my rank, faster than count(*)", ratio(figures, "count", "rank"), 20),
    ]


def ratio(figures: dict[str, float], over: str, under: str) -> float | None:
    """Return one figure over another, None where they were not measured."""
    return figures[over] / figures[under] if figures else None


def measured(url: str) -> dict[str, float]:
    """Return the figures of one database; nothing where it does not answer."""
    people = os.environ.get("RANKINGS_BENCH_PEOPLE", "85000")
    with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as folder:
        environment = {**os.environ, "CLAUDEONOMICS_DATA_DIR": folder}
        environment.pop("DATABASE_URL", None)
        if url:
            environment["DATABASE_URL"] = url
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.rankings.measure", people, "30"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        return {}
    figures = json.loads(done.stdout.splitlines()[-1])
    print({name: round(value, 3) for name, value in figures.items()})  # noqa: T201
    return figures
