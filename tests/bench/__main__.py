"""Run every benchmark here (modules with `rows()`) and print its ratio beside its target."""

import importlib
import os
import sys
import traceback
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.test")

import django
from rich.console import Console
from rich.table import Table


def main() -> int:
    """Print the table; a row that misses its target says so, and does not stop the others."""
    django.setup()
    wanted = sys.argv[1:]
    table = Table("what", "ratio", "target", "verdict", title="ratios, medians of one run")
    failed = 0
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if path.stem == "rows" or (wanted and path.stem not in wanted):
            continue
        try:
            found = importlib.import_module(f"tests.bench.{path.stem}").rows()
        except Exception:  # noqa: BLE001 - one benchmark that breaks must not hide what the others measured
            traceback.print_exc()
            table.add_row(path.stem, "", "", "BROKEN")
            failed = 1
            continue
        for row in found:
            table.add_row(row.name, row.shown_ratio, row.shown_target, row.verdict)
    Console(width=140).print(table)
    return failed


if __name__ == "__main__":
    sys.exit(main())
