"""
What a source may send in a minute, over all processes.

One row per source and minute holds what its processes have drawn. A process
draws a fiftieth of the limit at a time and spends that without asking again,
so that a source below its limit costs a statement in fifty requests; a row
that every batch updated would let one source's batches wait for each other.
When less than a fiftieth is left, each request draws what it needs alone. More
than the limit is therefore never let in; a source may be held back with at most
one drawn share unspent in each of the other processes. One upload that is larger
than the whole limit is let in as the only one of its minute.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.errors import ApplicationError
from apps.usage.credentials import SourceView, named_in_log
from apps.usage.models import SourceMinute

_MINUTE = 60
_SHARES = 50


class SourceLimited(ApplicationError):
    """Raised when a source has sent as much as it may in this minute."""

    code = "too_many_requests"
    status = 429
    title = "This source has sent as much as it may in a minute; send this again in the next."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(slots=True)
class _Drawn:
    """What this process has drawn of a source's minute and not spent."""

    minute: int
    requests: int = 0
    records: int = 0


_lock = threading.Lock()
_drawn: dict[int, _Drawn] = {}


def spend(*, source: SourceView, requests: int = 0, records: int = 0, at: datetime) -> None:
    """
    Count what a source sends; raises `SourceLimited` beyond what it may in this minute.

    The first refusal of a minute is written to the log, the others are not.
    Stands outside transactions: what was drawn stays drawn whatever comes later.
    """
    seconds = int(at.timestamp())
    minute = seconds // _MINUTE
    for unit, count in (("requests", requests), ("records", records)):
        if count and not _spend_drawn(source.id, minute, unit, count):
            limit = getattr(source, f"{unit}_per_minute")
            share = _draw(source.id, minute, unit, count, limit=limit)
            if not share:
                _note(source, minute, at=at)
                raise SourceLimited(_MINUTE - seconds % _MINUTE)
            _keep(source.id, minute, unit, share - count)


def forget_drawn() -> None:
    """Forget what was drawn; for tests that empty the table."""
    with _lock:
        _drawn.clear()


def _spend_drawn(source_id: int, minute: int, unit: str, count: int) -> bool:
    with _lock:
        known = _drawn.get(source_id)
        if known is None or known.minute != minute or getattr(known, unit) < count:
            return False
        setattr(known, unit, getattr(known, unit) - count)
        return True


def _keep(source_id: int, minute: int, unit: str, rest: int) -> None:
    if rest <= 0:
        return
    with _lock:
        known = _drawn.get(source_id)
        if known is None or known.minute != minute:
            known = _drawn[source_id] = _Drawn(minute)
        setattr(known, unit, getattr(known, unit) + rest)


def _draw(source_id: int, minute: int, unit: str, count: int, *, limit: int) -> int:
    """Draw a share, or just what is needed; returns how much was drawn, 0 for nothing."""
    row, _ = SourceMinute.objects.get_or_create(source_id=source_id, minute=minute)
    for wanted in sorted({count, max(count, limit // _SHARES)}, reverse=True):
        has_room = Q(**{f"{unit}__lte": limit - wanted})
        if wanted == count:
            has_room |= Q(**{unit: 0})
        found = SourceMinute.objects.filter(has_room, pk=row.pk)
        if found.update(**{unit: F(unit) + wanted}):
            return wanted
    return 0


def _note(source: SourceView, minute: int, *, at: datetime) -> None:
    """Write the first refusal of a minute to the log."""
    unnoted = SourceMinute.objects.filter(source_id=source.id, minute=minute, is_limited=False)
    with transaction.atomic():
        if unnoted.exists() and unnoted.update(is_limited=True):
            audit.record(
                event=Event.SOURCE_LIMITED,
                actor=actors.source(source.slug),
                at=at,
                outcome=audit.Outcome.DENY,
                item=named_in_log(source),
                rule=SourceLimited.code,
            )
