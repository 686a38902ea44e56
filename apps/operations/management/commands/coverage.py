"""Print how each source reports, through the gate and logged like any look."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.disclosure import gate
from apps.operations.refusals import refused
from apps.operations.tables import table

_DAYS = 7


class Command(BaseCommand):
    """`manage.py coverage [--days N] [--json]`."""

    help = "Print when each source last spoke, what it sent, and how many people report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=_DAYS, help="how many days, today included")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, days: int, as_json: bool, **options: Any) -> None:
        try:
            report = gate.coverage(actors.command("coverage"), days=days, at=clock.now())
        except ApplicationError as refusal:
            raise refused(refusal) from refusal
        if as_json:
            self.stdout.write(json.dumps(asdict(report), default=str))
            return
        self.stdout.write(_summed_up(report))
        lines = [*report.sources, *([report.personal] if report.personal else [])]
        self.stdout.write(table([_row(line) for line in lines]))
        for line in lines:
            for each in line.versions:
                for fault in each.faults:
                    self.stdout.write(f"{_name(line)}: {each.tool} {each.version}: {fault}")
            if line.connector and line.connector.failures:
                self.stdout.write(f"{_name(line)}: the connector fails: {line.connector.error}")


def _summed_up(report: gate.CoverageReport) -> str:
    reporting = report.reporting
    few = f"fewer than {report.smallest_group}"
    people = few if reporting.people is None else str(reporting.people)
    return (
        f"{report.since} to {report.until}: {people} of {reporting.accounts} people report, "
        f"{reporting.services} of {reporting.service_accounts} services; "
        f"{reporting.unclaimed_names} names wait to be claimed."
    )


def _name(line: Any) -> str:
    return line.slug or "personal sources"


def _row(line: Any) -> dict[str, Any]:
    arrived, moment = line.arrivals, line.last_received_at
    sums = {
        "accepted": "accepted",
        "duplicates": "duplicates",
        "rejected": "rejected",
        "dropped": "dropped_attributes",
        "unpriced": "unpriced",
        "late s": "mean_late_seconds",
        "latest s": "worst_late_seconds",
        "ahead s": "ahead_seconds",
    }
    return {
        "source": _name(line),
        "last spoke": f"{moment:%Y-%m-%d %H:%M}" if moment else line.spoke_on,
        "state": "silent" if line.is_silent else "" if line.is_active else "off",
        # Nothing of it where too few people report by the source.
        **{title: arrived and getattr(arrived, name) for title, name in sums.items()},
        "unresolved": line.unresolved.records,
        "waiting": line.uploads_waiting,
        "failed": line.uploads_failed,
    }
