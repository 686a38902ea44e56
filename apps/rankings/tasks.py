"""What beat starts: standings each minute, releases when due, the daily comparison."""

from datetime import datetime, timedelta
from typing import Any

from celery import shared_task

from apps.common import clock
from apps.rankings import actions
from apps.runs import actions as runs

LEASE = timedelta(minutes=5)
NOON = 12


@shared_task(name="rankings.refresh_standings")
def refresh_standings(**_unknown: Any) -> None:
    """Refresh everyone's own standing; once a minute however often it is called."""
    at = clock.now()
    with _once("rankings.refresh_standings", f"{at:%Y-%m-%dT%H:%M}", at) as run:
        if run is not None:
            done = actions.refresh_standings(at=at)
            run.outcome = {"touched": done.touched, "summed": done.summed}


@shared_task(name="rankings.publish_due")
def publish_due(**_unknown: Any) -> None:
    """Publish what is due; a board with too few people is tried again in the next hour."""
    at = clock.now()
    for slug, as_of in actions.due_boards(at=at):
        with _once("rankings.publish", f"{slug} {as_of} {at:%Y-%m-%dT%H}", at) as run:
            if run is not None:
                done = actions.publish(slug, at=at)
                run.outcome = {"is_published": done.release_id is not None, "reason": done.reason}


@shared_task(name="rankings.recompute_due")
def recompute_due(**_unknown: Any) -> None:
    """Compare with a sum from scratch, in either half of the day."""
    at = clock.now()
    half = "before" if at.astimezone(clock.organisation_zone()).hour < NOON else "after"
    with _once("rankings.recompute", f"{clock.day_of(at)} {half} noon", at) as run:
        if run is not None:
            found = actions.recompute(at=at)
            actions.scatter()
            run.outcome = {"compared": found.compared, "differences": found.differences}


def _once(kind: str, key: str, at: datetime) -> Any:
    return runs.run_once(kind=kind, key=key, at=at, lease=LEASE)
