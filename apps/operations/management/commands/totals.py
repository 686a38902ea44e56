"""Print the company's totals, through the gate and logged like any look."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.disclosure import gate
from apps.operations.refusals import refused

_KEYS = ("day", "model", "tool")
_FIGURES = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "total_tokens",
    "cost_micros",
)


class Command(BaseCommand):
    """`manage.py totals --by day,model,tool`."""

    help = "Print company totals by day, model or tool, for reconciliation with an invoice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", default="day", help="comma-separated: day, model, tool")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, by: str, as_json: bool, **options: Any) -> None:
        keys = [key.strip() for key in by.split(",") if key.strip()]
        if unknown := sorted(set(keys) - set(_KEYS)):
            raise CommandError(f"--by takes day, model and tool, not {', '.join(unknown)}.")
        try:
            found = gate.company_totals(actors.command("totals"), by=keys, at=clock.now())
        except ApplicationError as refusal:
            raise refused(refusal) from refusal
        rows = [{**each.keys, **{name: getattr(each, name) for name in _FIGURES}} for each in found]
        self.stdout.write(json.dumps(rows, default=str) if as_json else _table(rows))


def _table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as aligned columns, figures to the right."""
    names = list(rows[0]) if rows else []
    lines = [
        names,
        *(["" if row[name] is None else str(row[name]) for name in names] for row in rows),
    ]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if name in _FIGURES else cell.ljust(width)
            for name, cell, width in zip(names, line, widths, strict=True)
        )
        for line in lines
    )
