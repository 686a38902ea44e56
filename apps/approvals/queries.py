"""What waits for a second person."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from apps.approvals.models import Request


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as others see it; people by value, such as `user:7`."""

    id: uuid.UUID
    purpose: str
    target: str
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    people: tuple[str, ...]
    decided_at: datetime | None

    @property
    def is_complete(self) -> bool:
        """Two different signed-in people stand behind it."""
        return self.state == Request.State.APPROVED


def pending(purpose: str, *, at: datetime | None = None) -> list[RequestView]:
    """Return the undecided requests, oldest first; with `at`, those that can still be approved."""
    rows = Request.objects.filter(purpose=purpose, state=Request.State.PENDING)
    if at is not None:
        rows = rows.filter(expires_at__gt=at)
    return [request_view(row) for row in rows.order_by("asked_at", "pk")]


def approved(purpose: str, *, target: str) -> RequestView | None:
    """Return the newest request for this target that two people stand behind, or None."""
    rows = Request.objects.filter(purpose=purpose, target=target, state=Request.State.APPROVED)
    newest = rows.order_by("-decided_at", "-pk").first()
    return None if newest is None else request_view(newest)


def request_view(request: Request) -> RequestView:
    """Return a request's row as others see it."""
    return RequestView(
        id=request.pk,
        purpose=request.purpose,
        target=request.target,
        reason=request.reason,
        state=request.state,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        expires_at=request.expires_at,
        people=tuple(who for who in (request.first_by, request.second_by) if who is not None),
        decided_at=request.decided_at,
    )
