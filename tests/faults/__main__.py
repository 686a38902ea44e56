# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""`python -m tests.faults`: many kills over a replayed month, with what came of it."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults import services
from tests.faults.replay import replay
from tests.trips.servers import ROOT


def main() -> int:
    """Run it and print the table; return 1 if anything differs from the truth."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--records", type=int, default=400_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "faults.json")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    asked = parser.parse_args()
    if lacking := services.missing():
        print(f"Nothing was run: this machine lacks {lacking}.")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="claudeonomics-faults-"))
    try:
        report = replay(
            folder, kills=asked.kills, records=asked.records, seed=asked.seed,
            say=lambda line: print(line, flush=True),
        )  # fmt: skip
    finally:
        if asked.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    report.write(asked.output)
    print(report.table())
    for wrong in report.wrong[:50]:
        print(f"WRONG: {wrong}")
    return int(bool(report.wrong))


if __name__ == "__main__":
    sys.exit(main())
