"""
How the log is: its head, who signed it beside us, what waits, and whether it froze.

For auditors, who have to see at a glance whether what they read can be relied on.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from apps.audit import storage
from apps.audit.models import Entry, Leaf
from apps.audit.queries.continuations import FreezeView, frozen
from apps.audit.queries.lateness import waiting_since
from apps.audit.queries.sequencer import StopView, stopped
from apps.audit.queries.tree import Published, current_origin, newest_checkpoint
from apps.audit.queries.witnesses import WitnessView, standing
from apps.audit.reasons import MESSAGES, Reason

# Beyond this the number tells nothing more, and counting on would only cost.
MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class LogState:
    """
    The log at a moment; without an origin nothing was sequenced yet.

    `entries` is how many have a place in the tree, `waiting` how many no signed head
    covers yet (at most `MOST_WAITING`), `cosigned_at` the last line of any witness and
    `unwitnessed_since` the moment of the oldest head that too few of them signed.
    """

    at: datetime
    origin: str | None
    vkey: str | None
    entries: int
    size: int | None
    root: bytes | None
    published_at: datetime | None
    witnesses: tuple[WitnessView, ...]
    cosigned_at: datetime | None
    unwitnessed_since: datetime | None
    freeze: FreezeView | None
    freeze_message: str
    stop: StopView | None
    oldest_waiting_at: datetime | None
    waiting: int

    @property
    def is_capped(self) -> bool:
        """Whether more may wait than were counted."""
        return self.waiting >= MOST_WAITING


def log_state(at: datetime) -> LogState:
    """Return how the log is at the moment."""
    origin = current_origin()
    head = newest_checkpoint()
    witnessed = standing(at)
    signed = [each.cosigned_at for each in witnessed.witnesses if each.cosigned_at]
    oldest, freeze = waiting_since(at), frozen()
    return LogState(
        at=at,
        origin=origin.name if origin else None,
        vkey=origin.vkey if origin else None,
        entries=storage.size_of(origin.number) if origin else 0,
        size=head.size if head else None,
        root=head.root if head else None,
        published_at=head.published_at if head else None,
        witnesses=witnessed.witnesses,
        cosigned_at=max(signed, default=None),
        unwitnessed_since=witnessed.unwitnessed_since,
        freeze=freeze,
        freeze_message=MESSAGES[Reason(freeze.reason)] if freeze else "",
        stop=stopped(),
        oldest_waiting_at=oldest,
        waiting=_waiting(head, since=oldest) if oldest else 0,
    )


def _waiting(head: Published | None, *, since: datetime) -> int:
    """Count what the head does not cover; nothing that waits is older than the oldest of it."""
    rows = Entry.objects.filter(recorded_at__gte=since)
    if head is not None:
        covered = Leaf.objects.filter(
            origin=head.origin.number, entry_id=OuterRef("id"), index__lt=head.size
        )
        rows = rows.filter(~Exists(covered))
    return rows[:MOST_WAITING].count()
