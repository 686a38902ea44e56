"""Changes of guarded permissions that wait for a second administrator."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from apps.approvals import queries as approvals
from apps.approvals.queries import RequestView

PURPOSE = "people.permission"


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What was asked, `grant` or `revoke`, of which permission, for whom, by whom, until when."""

    id: uuid.UUID
    verb: str
    holder_kind: str
    holder_id: int
    permission: str
    model: str
    key: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    people: tuple[str, ...]


def pending_changes(*, at: datetime) -> list[ChangeView]:
    """Return the changes that can still be approved, oldest first."""
    return [change_view(request) for request in approvals.pending(PURPOSE, at=at)]


def change_view(request: RequestView) -> ChangeView:
    """Return the change that a request stands for, whose target is its six parts."""
    verb, holder_kind, holder_id, permission, model, key = request.target.split(" ")
    return ChangeView(
        id=request.id,
        verb=verb,
        holder_kind=holder_kind,
        holder_id=int(holder_id),
        permission=permission,
        model=model,
        key=key,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        expires_at=request.expires_at,
        people=request.people,
    )
