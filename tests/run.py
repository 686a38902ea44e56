# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
The whole suite, on every database that answers: `python -m tests.run`.

SQLite runs with everything. PostgreSQL runs beside it where it answers, without the
tests that drive browsers and processes of their own (they bring their own
database); these wait more than they work, so both take little longer than one. What
PostgreSQL's run said is printed behind it. The last line counts both together.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = "postgres://root@127.0.0.1:5432/test"
SERVICES = {"Redis": ("127.0.0.1", 6379), "RabbitMQ": ("127.0.0.1", 5672)}
# The suite brings its own settings; these two tell where to find what it needs.
KEPT = {"CLAUDEONOMICS_SAMPLES", "CLAUDEONOMICS_TEST_DATABASE_URL"}
SUMMARY = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")


def main() -> int:
    """Run the suite on each database, print the totals, return 1 if anything failed."""
    postgres = os.environ.get("CLAUDEONOMICS_TEST_DATABASE_URL", POSTGRES)
    is_named = "CLAUDEONOMICS_TEST_DATABASE_URL" in os.environ
    can_postgres = reached(postgres)
    print("SQLite: the whole suite runs on it.")
    print(
        f"PostgreSQL: {'answers, the suite runs on it too' if can_postgres else 'absent, skipped'}."
    )
    for name, address in SERVICES.items():
        state = "answers, the broker test uses it" if listens(*address) else "absent, skipped"
        print(f"{name}: {state}.")
    print(flush=True)
    with ThreadPoolExecutor() as both:
        beside = both.submit(_run_on_postgresql, postgres) if can_postgres else None
        counts, failed = run("SQLite", {}, [], say=partial(print, flush=True))
    if beside is not None:
        said, more, failed_too = beside.result()
        print("\n".join(said), flush=True)
        counts, failed = counts + more, failed or failed_too
    elif is_named:
        print("CLAUDEONOMICS_TEST_DATABASE_URL is set, but nothing answers there.")
        failed = True
    if failed and not counts["failed"]:
        counts["failed"] += 1  # a run that ended without its summary
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return int(failed)


def _run_on_postgresql(url: str) -> tuple[list[str], Counter[str], bool]:
    """Run what PostgreSQL can hold; returns what was said, the counts and whether it failed."""
    said: list[str] = []
    marked = ["-m", "not browser and not processes"]
    return said, *run("PostgreSQL", {"DATABASE_URL": url}, marked, say=said.append)


def run(
    name: str, variables: dict[str, str], options: list[str], *, say: Callable[[str], object]
) -> tuple[Counter[str], bool]:
    """Run pytest once, telling its lines; returns its counts and whether it failed."""
    say(f"== {name} ==")
    with tempfile.TemporaryDirectory(prefix="claudeonomics-suite-") as folder:
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("CLAUDEONOMICS_") or key in KEPT
        }
        environment.pop("DATABASE_URL", None)
        environment |= {"CLAUDEONOMICS_DATA_DIR": folder, **variables}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *options, *sys.argv[1:]],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        last = ""
        for line in process.stdout or ():
            say(line.rstrip("\n"))
            if SUMMARY.search(line) and " in " in line:
                last = line
        status = process.wait()
    counts: Counter[str] = Counter()
    for number, word in SUMMARY.findall(last):
        counts["failed" if word.startswith("error") else word] += int(number)
    return counts, status != 0


def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def reached(url: str) -> bool:
    """Whether the server of this URL lets us in; the suite makes its own database beside it."""
    import psycopg

    for each in (url, urlsplit(url)._replace(path="/postgres").geturl()):
        try:
            psycopg.connect(each, connect_timeout=3).close()
        except psycopg.Error:
            continue
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
