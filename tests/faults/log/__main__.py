# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""`python -m tests.faults.log`: many kills of the log's sequencers, with what came of it."""

import argparse
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.faults import services
from tests.faults.log.installations import on_postgresql, on_sqlite
from tests.trips.servers import ROOT


def main() -> int:
    """Run it, print what was counted; return 1 if anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="tests.faults.log", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "log-faults.json")
    asked = parser.parse_args()
    if not asked.sqlite and (lacking := services.missing_of_postgresql()):
        print(f"Nothing was run: this machine lacks {lacking}.")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="claudeonomics-log-faults-"))
    begin = on_sqlite if asked.sqlite else on_postgresql
    try:
        with begin(folder, seed=asked.seed) as killing:
            report = killing.run(kills=asked.kills)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.write(asked.output)
    for name, value in asdict(report).items():
        print(f"{name}: {value if name != 'wrong' else len(report.wrong)}")
    for sentence in report.wrong[:50]:
        print(f"WRONG: {sentence}")
    return int(bool(report.wrong))


if __name__ == "__main__":
    sys.exit(main())
