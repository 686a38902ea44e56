"""Pull vendors' reports now, until everything that is due has come."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Pull the reports of all connectors, or of one, without waiting for their time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="only what goes into this source")
        parser.add_argument("--json", action="store_true", help="print one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.common.errors import ApplicationError
        from apps.usage import actions

        slugs = [options["source"]] if options["source"] else actions.active_connectors()
        try:
            found = [self._pull(slug) for slug in slugs]
        except ApplicationError as refusal:
            raise CommandError(refusal.detail) from None
        if options["json"]:
            self.stdout.write(json.dumps(found))
        for each in found if not options["json"] else ():
            self.stdout.write(
                f"{each['source']}: {each['days']} days, {each['accepted']} new, "
                f"{each['rejected']} rejected. {each['error']}".strip()
            )
        if any(each["error_code"] for each in found):
            sys.exit(1)

    def _pull(self, slug: str) -> dict[str, Any]:
        """Pull in turns, each under its own lease, until nothing is left or something is wrong."""
        from apps.common import actors, clock
        from apps.usage import actions

        total: dict[str, Any] = {}
        while True:
            done = actions.pull(slug, at=clock.now(), actor=actors.command("pull"))
            if done is None:
                busy = actions.Pulled(
                    slug, error_code="busy", error="Somebody else is pulling this just now."
                )
                return {**asdict(busy), **total}
            turn = asdict(done)
            for name in ("days", "pages", "accepted", "duplicates", "rejected"):
                turn[name] += total.get(name, 0)
            total = turn
            if done.is_finished or done.error_code:
                return total
            self.stderr.write(f"{slug}: {total['days']} days, {total['pages']} pages so far")
