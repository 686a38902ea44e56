"""What beat starts: judging everyone once a day, and again after an administrator published."""

from datetime import timedelta
from typing import Any

from celery import shared_task

from apps.badges import actions, queries
from apps.common import clock
from apps.runs import actions as runs

LEASE = timedelta(minutes=10)


@shared_task(name="badges.award_due")
def award_due(**_unknown: Any) -> None:
    """Judge everyone as of the last closed day, unless that was done by the rules now in force."""
    at = clock.now()
    on = clock.days_before(clock.day_of(at), 1)
    key = f"{on} {queries.rules_digest()}"
    with runs.run_once(kind="badges.award", key=key, at=at, lease=LEASE) as run:
        if run is not None:
            done = actions.evaluate(on=on, at=at)
            run.outcome = {
                "people": done.people,
                "awarded": done.awarded,
                "revoked": done.revoked,
            }
