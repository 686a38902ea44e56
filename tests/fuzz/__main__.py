# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
All targets, one after the other: `python -m tests.fuzz [TARGET ...]`.

Each gets `FUZZ_SECONDS` (60). What makes one fail is kept in `FUZZ_FINDINGS`
(a folder, `var/fuzz`). Ends with 1 if anything failed.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.one import prepare

STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    """Fuzz the targets and print one line for each."""
    prepare()
    from tests.fuzz.targets import TARGETS

    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    findings = Path(os.environ.setdefault("FUZZ_FINDINGS", "var/fuzz"))
    findings.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in sys.argv[1:] or TARGETS:
        began = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.one", name, str(seconds)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        told = dict(STATISTIC.findall(run.stderr))
        passed = "passed" if run.returncode == 0 else "FAILED"
        print(
            f"{name:22} {passed} {told.get('number_of_executed_units', '?'):>9} inputs"
            f" {time.monotonic() - began:5.0f} s {told.get('peak_rss_mb', '?'):>5} MiB at most",
            flush=True,
        )
        if run.returncode:
            failed += 1
            print(run.stderr[-3000:])
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
