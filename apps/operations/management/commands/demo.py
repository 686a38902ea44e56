"""Invent a company and put it in, so that every page has something to show."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from apps.audit import sequencing
from apps.common import clock
from apps.common.errors import ApplicationError
from apps.operations import first_run, sign_ins
from apps.operations.demo import actions, company


class Command(BaseCommand):
    """`manage.py demo --people N --days N [--seed N]`."""

    help = "Invent a company with its usage; refuses a database that holds real people or usage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=2000)
        parser.add_argument("--days", type=int, default=60)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, people: int, days: int, seed: int, **options: Any) -> None:
        if people < len(company.KINDS) or not 1 <= days <= 366:
            raise CommandError("--people must be at least 7, --days between 1 and 366.")
        first_run.migrate()
        try:
            with _bars() as bars:
                invention = actions.invent(
                    people_count=people,
                    day_count=days,
                    seed=seed,
                    at=clock.now(),
                    progress=_stepper(bars),
                )
        except ApplicationError as refusal:
            raise CommandError(refusal.detail) from refusal
        sequencing.catch_up(clock.now())
        self.stdout.write(_summary(invention))


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:<30}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )


def _stepper(bars: Progress) -> actions.Progress:
    """Return what moves one bar a step, made when the step is first heard of."""
    known: dict[str, Any] = {}

    def step(name: str, done: int, total: int) -> None:
        if name not in known:
            known[name] = bars.add_task(name, total=total)
        bars.update(known[name], completed=done, total=total)

    return step


def _summary(invention: actions.Invention) -> str:
    address = invention.sign_ins["base_url"]
    return "\n".join(
        [
            f"{invention.accepted:,} records were new. The sign-ins:",
            "",
            *(
                f"  {kind:<10}{person['email']:<44}{person['password']}"
                for kind, person in invention.sign_ins["people"].items()
            ),
            "",
            f"Tokens for REST are in {sign_ins.path()}.",
            f"`manage.py launch` serves {address}/ (one's own record), {address}/boards/ and",
            f"{address}/admin/ (for admin and admin2).",
        ]
    )
