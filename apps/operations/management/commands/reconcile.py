"""Print where feeds told of the same work otherwise, through the gate and logged like any look."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.disclosure import gate
from apps.operations.refusals import refused
from apps.operations.tables import table

_DAYS = 30


class Command(BaseCommand):
    """`manage.py reconcile [--since DAY --until DAY] [--by day|week] [--json]`."""

    help = "Print where several feeds told of the same work, and by how much they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_day, help="first day, by default 30 days ago")
        parser.add_argument("--until", type=_day, help="last day, by default yesterday")
        parser.add_argument("--by", choices=gate.PERIODS, default="day")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        at = clock.now()
        until = options["until"] or clock.days_before(clock.day_of(at), 1)
        since = options["since"] or clock.days_before(until, _DAYS - 1)
        try:
            report = gate.reconciliation(
                actors.command("reconcile"), since=since, until=until, by=options["by"], at=at
            )
        except ApplicationError as refusal:
            raise refused(refusal) from refusal
        if as_json:
            self.stdout.write(json.dumps(_as_json(report), default=str))
            return
        for text in _paragraphs(report):
            self.stdout.write(text)


def _day(text: str) -> date:
    try:
        return clock.day_from(text)
    except ValueError:
        raise ArgumentTypeError("a day reads like 2026-11-20") from None


def _as_json(report: gate.ReconciliationReport) -> dict[str, Any]:
    """Return the report with the differences spelled out."""
    answer = asdict(report)
    for written, row in zip(answer["rows"], report.rows, strict=True):
        written["tokens"] = _difference(row.tokens)
        if row.buckets:
            written["buckets"] = {name: _difference(each) for name, each in row.buckets.items()}
    for written, cost in zip(answer["costs"], report.costs, strict=True):
        written["micros"] = _difference(cost.micros)
    return answer


def _difference(difference: Any) -> dict[str, int | None]:
    return {
        "counted": difference.counted,
        "cross_check": difference.cross_check,
        "difference": difference.amount,
        "per_mille": difference.per_mille,
    }


def _paragraphs(report: gate.ReconciliationReport) -> list[str]:
    texts = [f"{report.since} to {report.until}, by {report.by}:"]
    texts.append(table([_token_row(row) for row in report.rows]) or "Nothing to compare.")
    if report.costs:
        texts += ["", table([_cost_row(row) for row in report.costs])]
    if report.is_any_withheld:
        texts.append(
            f"Withheld and in no row: groups of fewer than {report.smallest_group} people, "
            "or in which one person makes up more than half."
        )
    return texts


def _token_row(row: Any) -> dict[str, Any]:
    return {
        "tool": row.tool,
        "from": row.period,
        "counts": f"{row.counted.name} ({row.counted.signal})",
        "cross-check": f"{row.cross_check.name} ({row.cross_check.signal})",
        "person-days": row.person_days,
        "counted": row.tokens.counted,
        "says": row.tokens.cross_check,
        "difference": row.tokens.amount,
        "per mille": row.tokens.per_mille,
    }


def _cost_row(row: Any) -> dict[str, Any]:
    return {
        "tool": row.tool,
        "from": row.period,
        "feed": f"{row.feed.name} ({row.feed.signal})",
        "person-days": row.person_days,
        "list price micros": row.micros.counted,
        "reported micros": row.micros.cross_check,
        "difference": row.micros.amount,
        "per mille": row.micros.per_mille,
    }
