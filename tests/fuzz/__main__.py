# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
All targets, one after the other: `python -m tests.fuzz [TARGET ...]`.

Each gets `FUZZ_SECONDS` (60). What makes one fail is kept in the folder that
`FUZZ_FINDINGS` names (`var/fuzz`). Ends with 1 if anything failed.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    """Fuzz the targets and print one line for each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.test")
    django.setup()
    from tests.fuzz.targets import TARGETS

    findings = Path(os.environ.get("FUZZ_FINDINGS", "var/fuzz"))
    findings.mkdir(parents=True, exist_ok=True)
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    with tempfile.TemporaryDirectory(prefix="claudeonomics-fuzz-") as folder:
        passed = [
            fuzz(name, seconds, seeds=Path(folder), findings=findings)
            for name in sys.argv[1:] or TARGETS
        ]
    return int(not all(passed))


def fuzz(name: str, seconds: str, *, seeds: Path, findings: Path) -> bool:
    """Fuzz one target in its own process, and say whether nothing was found."""
    from tests.fuzz.seeds import seeds as texts

    corpus = seeds / name
    corpus.mkdir()
    for place, text in enumerate(texts(name)):
        (corpus / f"seed-{place}").write_bytes(text)
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one", name, seconds, str(corpus), str(findings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    told = dict(STATISTIC.findall(run.stderr))
    print(
        f"{name:22} {'passed' if run.returncode == 0 else 'FAILED'}"
        f" {told.get('number_of_executed_units', '?'):>9} inputs"
        f" {time.monotonic() - began:5.0f} s {told.get('peak_rss_mb', '?'):>5} MiB at most",
        flush=True,
    )
    if run.returncode:
        print(run.stderr[-3000:])
    return run.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
