"""
What the sequencer says of itself in the log, for processes that cannot see it.

It writes an entry when it stops. While it stands still no head can cover that
entry, and once it goes on one does, so nobody has to take the word back.
"""

from dataclasses import dataclass
from datetime import datetime

from apps.audit import leaves
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Leaf, Origin
from apps.audit.reasons import MESSAGES, Reason


@dataclass(frozen=True, slots=True)
class StopView:
    """Why nothing is signed although the log is not frozen for good, and since when."""

    reason: Reason
    stopped_at: datetime

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return MESSAGES[self.reason]


def stopped() -> StopView | None:
    """Return why the sequencer stands still, None as far as it told nothing."""
    entry = _newest(Event.LOG_STOPPED)
    if entry is None or _is_covered(entry):
        return None
    try:
        reason = Reason(leaves.read(bytes(entry.leaf)).rule)
    except (ValueError, TypeError, RecursionError):
        return None
    return StopView(reason, entry.recorded_at)


def patrolled_at() -> datetime | None:
    """Return when the sequencer last wrote that it had read the whole tree again."""
    entry = _newest(Event.LOG_PATROLLED)
    return None if entry is None else entry.recorded_at


def _newest(event: Event) -> Entry | None:
    return Entry.objects.filter(event=event).order_by("-recorded_at").first()


def _is_covered(entry: Entry) -> bool:
    """Tell whether a published head of the current origin covers the entry."""
    origin = Origin.objects.order_by("-number").first()
    leaf = Leaf.objects.filter(origin=origin, entry_id=entry.pk).first()
    return (
        leaf is not None and Checkpoint.objects.filter(origin=origin, size__gt=leaf.index).exists()
    )
