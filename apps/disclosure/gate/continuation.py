"""How a frozen log stands, out through the gate to whoever may read the log."""

from dataclasses import dataclass
from datetime import datetime

from apps.approvals.queries import RequestView
from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.audit.queries import continuations
from apps.audit.queries.continuations import FreezeView
from apps.common import permissions
from apps.disclosure.gate.log import READ
from apps.disclosure.gate.looks import Denied, Viewer, look_of, passage


@dataclass(frozen=True, slots=True)
class Continuation:
    """A freeze, the request that waits for a second person, and whether two have agreed."""

    freeze: FreezeView
    request: RequestView | None
    is_agreed: bool


def continuation(viewer: Viewer, *, at: datetime) -> Continuation | None:
    """
    Return how the frozen log stands, or None while it is not frozen.

    Raises `NotFound` for whoever may not read the log.
    """
    look = look_of(viewer, Event.LOG_READ, at=at, parameters={"part": "continuation"})
    with passage(look, scope=None):
        if not permissions.may(viewer.user, READ, queries.the_log()):
            raise Denied(READ)
        freeze = continuations.frozen()
        look.record(item=audit.Item("log", "log"), rule=READ)
        if freeze is None:
            return None
        agreement = continuations.agreed(freeze.number, at=at)
        return Continuation(
            freeze=freeze,
            request=continuations.pending_continuation(freeze, at=at),
            is_agreed=agreement is not None and continuations.is_founded(agreement),
        )
