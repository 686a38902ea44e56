"""Load people and teams from a CSV file; loading it again changes nothing."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Load people from a CSV file: email,name,team,department,role,visibility,since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from rich.console import Console
        from rich.progress import Progress

        from apps.common import actors, clock
        from apps.common.errors import ApplicationError
        from apps.people import actions

        try:
            with (
                options["file"].open(encoding="utf-8-sig", newline="") as lines,
                Progress(console=Console(file=sys.stderr), transient=True) as progress,
            ):
                bar = progress.add_task("People", total=None)
                result = actions.import_people(
                    lines,
                    actor=actors.command("import_people"),
                    at=clock.now(),
                    on_progress=lambda done, total: progress.update(
                        bar, completed=done, total=total
                    ),
                )
        except OSError as gone:
            raise CommandError(f"The file cannot be read: {gone.strerror}.") from None
        except ApplicationError as refused:
            raise CommandError(refused.detail) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(result)))
            return
        self.stdout.write(
            f"{result.added} added, {result.changed} changed, {result.unchanged} as they were."
        )
        for row in result.rejected:
            self.stdout.write(f"line {row.line}: {row.code}: {row.detail}")
