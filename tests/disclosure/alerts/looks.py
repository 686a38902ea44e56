"""Entries such as looks leave them, written for rules to judge."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.actors import Actor
from apps.disclosure.models import AlertRule, Watch


def write(  # one look, or as many as are asked for, evenly apart
    event: Event,
    *,
    by: int | Actor = 7,
    at: datetime,
    times: int = 1,
    apart: float = 1.0,
    boards: int = 1,
    about: str | None = None,
    item: audit.Item | None = None,
) -> None:
    """Write entries of an actor; `boards` different boards take turns."""
    actor = by if isinstance(by, Actor) else actors.user(by, role="employee")
    outcome = audit.Outcome.DENY if event == Event.GATE_REFUSED else audit.Outcome.ALLOW
    with transaction.atomic():
        for number in range(times):
            audit.record(
                event=event,
                actor=actor,
                at=at + timedelta(seconds=number * apart),
                item=item or audit.Item("board", f"board-{number % boards}"),
                outcome=outcome,
                subject=about,
            )


def only(slug: str, *, threshold: int = 5, minutes: int = 10) -> None:
    """Let one rule alone be active."""
    AlertRule.objects.update(is_active=False)
    wanted = {"is_active": True, "threshold": threshold, "minutes": minutes}
    assert AlertRule.objects.filter(slug=slug).update(**wanted) == 1


def judged_until(at: datetime, *, awake_since: datetime | None = None) -> None:
    """Say how far the log was judged, and that there was no pause since."""
    Watch.objects.update_or_create(
        slug="watch", defaults={"judged_until": at, "awake_since_at": awake_since or at}
    )
