"""
What is shut right now; nothing remembers the answer.

Every question is one lean query in the caller's transaction. A closure of
`all` shuts every scope.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.approvals import queries as approvals
from apps.approvals.queries import RequestView
from apps.common import permissions
from apps.common.errors import ApplicationError
from apps.shutter.models import Closure, Scope
from apps.shutter.scopes import ScopeName

REOPENING = "shutter.reopen"

_CURRENT = (
    "SELECT c.scope_id, c.message, s.message FROM shutter_closure c"
    " JOIN shutter_scope s ON s.slug = c.scope_id"
    " WHERE c.is_current AND c.scope_id IN (%s, 'all')"
)


class Shuttered(ApplicationError):
    """Raised where something is asked for that is shut; its detail is the message for everyone."""

    code = "shuttered"
    status = 503
    title = "This part is shut."


@dataclass(frozen=True, slots=True)
class ScopeStatus:
    """Whether something is open, and if not since when and with what words."""

    state: str
    since: datetime | None = None
    message: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the status as REST and the command show it."""
        if self.since is None:
            return {"state": self.state}
        return {"state": self.state, "since": written(self.since), "message": self.message}


@dataclass(frozen=True, slots=True)
class ClosureView:
    """A closure that holds: of what, since when, by whom, why, and in which closure epoch."""

    scope: ScopeName
    closed_at: datetime
    closed_by: str
    reason: str
    message: str
    epoch: int


def written(moment: datetime) -> str:
    """Return the moment as REST and the commands write it: UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def require_open(scope: ScopeName) -> None:
    """Raise `Shuttered` if the scope is shut, by its own closure or by that of `all`."""
    message = shut_message(scope)
    if message is not None:
        raise Shuttered(message)


def is_shut(scope: ScopeName) -> bool:
    """Tell whether the scope is shut, by its own closure or by that of `all`."""
    return shut_message(scope) is not None


def shut_message(scope: ScopeName) -> str | None:
    """Return the message of the closure that shuts the scope, or None while it is open."""
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, (scope.value,))
        rows = cursor.fetchall()
    if not rows:
        return None
    # Where both are closed, the scope's own closure speaks, as in its status.
    _, own_words, usual_words = min(rows, key=lambda row: row[0] == ScopeName.ALL)
    return own_words or usual_words or Shuttered.title


def status() -> dict[str, ScopeStatus]:
    """Return the state of `boards`, `reports` and `own`; own records shut with `all` only."""
    held = {closure.scope: closure for closure in closures()}
    everything = held.get(ScopeName.ALL)
    return {
        "boards": _state(held.get(ScopeName.BOARDS), everything),
        "reports": _state(held.get(ScopeName.REPORTS), everything),
        "own": _state(None, everything),
    }


def closures() -> list[ClosureView]:
    """Return the closures that hold now, oldest first."""
    rows = Closure.objects.filter(is_current=True).select_related("scope")
    return [closure_view(row) for row in rows.order_by("closed_at", "pk")]


def pending_reopenings(*, at: datetime) -> list[RequestView]:
    """Return the reopenings that wait for a second person; `scope_of_request` tells their scope."""
    return approvals.pending(REOPENING, at=at)


def scope_of_request(request: RequestView) -> ScopeName:
    """Return the scope that a request would reopen; its target is `scope:closure epoch`."""
    return ScopeName(request.target.partition(":")[0])


def closable(user: Any) -> QuerySet[Scope]:
    """Return the scopes on which the account holds `close`."""
    return permissions.visible(user, "close", Scope.objects.all())


def closure_view(closure: Closure) -> ClosureView:
    """Return a closure's row as others see it."""
    return ClosureView(
        scope=ScopeName(closure.scope_id),
        closed_at=closure.closed_at,
        closed_by=closure.closed_by,
        reason=closure.reason,
        message=closure.message or closure.scope.message,
        epoch=closure.scope.epoch,
    )


def _state(own: ClosureView | None, everything: ClosureView | None) -> ScopeStatus:
    speaking = own or everything
    if speaking is None:
        return ScopeStatus(state="open")
    return ScopeStatus(
        state="shuttered", since=speaking.closed_at, message=speaking.message or Shuttered.title
    )
