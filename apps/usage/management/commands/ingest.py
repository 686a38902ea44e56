"""Count usage from files and folders; counting the same again changes nothing."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

_LONGEST_MACHINE = 100


class Command(BaseCommand):
    help = "Count usage from files or folders (also .gz and .zst) in any of the formats."

    def add_arguments(self, parser: ArgumentParser) -> None:
        from apps.usage.formats.registry import READERS

        parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
        parser.add_argument("--source", metavar="SLUG", required=True)
        parser.add_argument(
            "--format",
            choices=["auto", *READERS],
            default="auto",
            help="auto tells each file's format from its content",
        )
        parser.add_argument("--person", metavar="EMAIL", help="whose usage this is")
        parser.add_argument(
            "--machine",
            metavar="NAME",
            default="",
            help="which machine a ccusage report is from; another machine's stands beside it",
        )
        parser.add_argument(
            "--mapping", metavar="FILE", type=Path, help="what the columns of CSV files mean"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.common.errors import ApplicationError

        try:
            work = self._prepare(options)
            found = self._ingest(work, options)
        except ApplicationError as refusal:
            raise CommandError(refusal.detail) from None
        if options["json"]:
            for each in found["rejected"] if work.is_single else ():
                if each["line"]:  # whoever gave one file knows which one the lines are in
                    del each["file"]
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(f"{found['accepted']} accepted, {found['duplicates']} duplicates")
        if "dropped" in found:
            self.stdout.write(f"{found['dropped']} attributes with content dropped unread")
        for each in found["rejected"]:
            place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
            self.stdout.write(f"rejected {place} {each['code']}: {each['detail']}")

    def _prepare(self, options: dict[str, Any]) -> Any:
        from apps.usage.formats.csv_mapping import UnusableMapping, read_mapping
        from apps.usage.formats.registry import Options
        from apps.usage.reading.importing import Import

        if len(options["machine"]) > _LONGEST_MACHINE:
            raise CommandError("The name of a machine must not exceed 100 characters.")
        form = None if options["format"] == "auto" else options["format"]
        mapping = None
        if options["mapping"] is not None:
            try:
                mapping = read_mapping(Path(options["mapping"]).read_bytes())
            except OSError:
                raise UnusableMapping("The mapping cannot be read.") from None
            form = form or "csv"
        if (form == "csv") != (mapping is not None):
            raise CommandError("CSV files and `--mapping` belong together.")
        return Import.prepare(
            options["paths"], form=form, options=Options(options["machine"], mapping)
        )

    def _ingest(self, work: Any, options: dict[str, Any]) -> dict[str, Any]:
        from apps.common import clock
        from apps.people import queries as people
        from apps.pseudonyms import queries as pseudonyms
        from apps.usage import actions

        subject = None
        if options["person"]:
            subject = pseudonyms.subject_of(people.person_by_email(options["person"]).id)
        source = actions.source(options["source"])
        with work.shown() as events:
            result = actions.ingest(source=source, events=events, at=clock.now(), subject=subject)
        work.check(result)
        found = {
            "accepted": result.accepted,
            "duplicates": result.duplicates,
            "rejected": [work.named(each) for each in result.rejected],
        }
        return {**found, "dropped": result.dropped} if result.dropped else found
