"""Count usage from files and folders; counting the same again changes nothing."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Count usage from files or folders (also .gz and .zst): records or transcripts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
        parser.add_argument("--source", metavar="SLUG", required=True)
        parser.add_argument(
            "--format",
            choices=["auto", "records", "claude-code"],
            default="auto",
            help="auto tells each file's format from its content",
        )
        parser.add_argument("--person", metavar="EMAIL", help="whose usage this is")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.common.errors import ApplicationError
        from apps.usage.importing import Import

        try:
            work = Import.prepare(
                options["paths"], form=None if options["format"] == "auto" else options["format"]
            )
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
        for each in found["rejected"]:
            place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
            self.stdout.write(f"rejected {place} {each['code']}: {each['detail']}")

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
        return {
            "accepted": result.accepted,
            "duplicates": result.duplicates,
            "rejected": [work.named(each) for each in result.rejected],
        }
