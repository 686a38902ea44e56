"""Sessions, newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.usage.models import Session


@dataclass(frozen=True, slots=True)
class SessionView:
    """A sitting with a tool; `active_seconds` leaves out idle gaps of more than 15 minutes."""

    subject: int
    first_at: datetime
    last_at: datetime
    active_seconds: int
    total_tokens: int
    is_automation: bool


def sessions(
    *, subjects: Collection[int], since: datetime | None = None, limit: int = 100
) -> list[SessionView]:
    """
    Return the latest sessions of the subjects, those still going on at `since` included.

    One that several feeds tell of is there once; the lane is the one in which it competes.
    """
    rows = Session.objects.filter(subject__in=subjects, is_counted=True)
    if since is not None:
        rows = rows.filter(last_at__gte=since)
    return [
        SessionView(
            subject=row.subject,
            first_at=row.first_at,
            last_at=row.last_at,
            active_seconds=row.active_seconds,
            total_tokens=row.total_tokens,
            is_automation=row.in_automation_lane,
        )
        for row in rows.defer("spans").order_by("-last_at", "-first_at")[:limit]
    ]
