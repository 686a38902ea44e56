"""Bring standings, badges and releases up to date now, without waiting for the schedule."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit import sequencing
from apps.badges import actions as badges
from apps.common import clock
from apps.rankings import actions as rankings


class Command(BaseCommand):
    """`manage.py refresh [--json]`."""

    help = "Refresh standings, award badges, publish the releases that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        judged = badges.evaluate(on=clock.day_of(at), at=at)
        ranked = rankings.refresh_standings(at=at)
        tried = rankings.publish_due(at=at)
        sequencing.catch_up(clock.now())
        if options["json"]:
            counts = {
                "badges": asdict(judged),
                "standings": asdict(ranked),
                "releases": sum(each.release_id is not None for each in tried),
            }
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write("Badges, standings and releases are up to date.")
