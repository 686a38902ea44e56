"""Bring standings, badges and releases up to date now, without waiting for the schedule."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.badges import actions as badges
from apps.common import clock
from apps.rankings import actions as rankings


class Command(BaseCommand):
    """`manage.py refresh`."""

    help = "Refresh standings, award badges, publish the releases that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        badges.evaluate(on=clock.day_of(at), at=at)
        rankings.refresh_standings(at=at)
        rankings.publish_due(at=at)
        self.stdout.write("Badges, standings and releases are up to date.")
