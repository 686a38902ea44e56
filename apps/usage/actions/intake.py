"""
Usage in: one transaction per batch, so that a batch counts whole or not at all.

Sending anything again changes nothing, in any order, from any number of
clients, after any interruption. Rejections are kept with their reason, never
with their content.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.errors import Refused
from apps.usage import counting, excess
from apps.usage.actions.sources import SourceInactive
from apps.usage.admission import Admission, Admitted
from apps.usage.credentials import SourceView
from apps.usage.formats import Rejected, UsageEvent
from apps.usage.limits import Full
from apps.usage.models import Batch, Rejection

BATCH_SIZE = 5_000
MAX_REJECTIONS_KEPT = 1_000
"""Rows per batch; all rejections are counted and answered, however many there are."""


class NotAllowed(Refused):
    """Raised when a personal source is to report somebody else's usage."""

    code = "not_allowed"
    title = "This source may not report that person's usage."


class RejectedLine(NamedTuple):
    """A line that was not counted, as the sender is told."""

    line: int
    code: str
    detail: str
    part: int = 0


class Took(NamedTuple):
    """What one batch took of what was reported, told inside its own transaction."""

    read: int
    accepted: int
    duplicates: int
    rejected: list[RejectedLine]


@dataclass(slots=True)
class IngestResult:
    """
    What became of everything read: each event is in exactly one of the three.

    `accepted` counts records and responses counted for the first time; every
    further reading of a response is a duplicate, also one that enlarged it.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)


def ingest(  # noqa: PLR0913 - the three last are for bulk work, progress bars and the inbox only
    *,
    source: SourceView,
    events: Iterable[UsageEvent | Rejected],
    at: datetime,
    subject: int | None = None,
    batch_size: int = BATCH_SIZE,
    on_progress: Callable[[int], None] | None = None,
    on_batch: Callable[[Took], None] | None = None,
) -> IngestResult:
    """
    Count what a source reports; `subject` is whose usage it is, if all of it is one person's.

    `on_progress` is told after each batch how many events it held; `on_batch` what
    became of them, in the batch's transaction, which what it raises undoes. Raises
    SourceInactive, NotAllowed when the source may not report the subject, and
    Full when others overfilled a sum at the same moment.
    """
    if not source.is_active:
        raise SourceInactive
    if source.subject is not None and subject not in {None, source.subject}:
        raise NotAllowed
    admission = Admission(source, subject, at)
    kinds = counting.Kinds()
    result = IngestResult()
    waiting = iter(events)
    while batch := list(islice(waiting, batch_size)):
        _ingest_batch(batch, admission, kinds, result, on_batch)
        if on_progress is not None:
            on_progress(len(batch))
    return result


def _ingest_batch(
    batch: list[UsageEvent | Rejected],
    admission: Admission,
    kinds: counting.Kinds,
    result: IngestResult,
    on_batch: Callable[[Took], None] | None,
) -> None:
    admitted, refused = admission.admit([e for e in batch if isinstance(e, UsageEvent)])
    rejected = _in_order([*(e for e in batch if isinstance(e, Rejected)), *refused])
    kinds.learn(admitted)

    @transaction.atomic
    def store() -> int:
        accepted = _store_batch(admitted, rejected, admission, kinds)
        if on_batch is not None:
            told = [RejectedLine(e.line, e.code, e.detail, e.part) for e in rejected]
            on_batch(Took(len(batch), accepted, len(admitted) - accepted, told))
        return accepted

    try:
        accepted = store()
    except Full:
        source_id = admission.source.id
        admitted, beyond = excess.part(admitted, source_id=source_id, kinds=kinds.known)
        rejected = _in_order([*rejected, *beyond])
        accepted = store()
    result.accepted += accepted
    result.duplicates += len(admitted) - accepted
    result.rejected.extend(RejectedLine(e.line, e.code, e.detail, e.part) for e in rejected)


def _in_order(rejected: list[Rejected]) -> list[Rejected]:
    return sorted(rejected, key=lambda each: (each.part, each.line))


def _store_batch(
    admitted: list[Admitted],
    rejected: list[Rejected],
    admission: Admission,
    kinds: counting.Kinds,
) -> int:
    """Write one batch and return how much of it was new."""
    source = admission.source
    accepted = counting.count(admitted, source_id=source.id, kinds=kinds.known)
    batch = Batch.objects.create(
        source_id=source.id,
        received_at=admission.at,
        accepted=accepted,
        duplicates=len(admitted) - accepted,
        rejected=len(rejected),
    )
    Rejection.objects.bulk_create(
        Rejection(batch=batch, line=each.line, code=each.code)
        for each in rejected[:MAX_REJECTIONS_KEPT]
    )
    audit.record(
        event=Event.USAGE_INGESTED,
        actor=actors.source(source.slug),
        at=admission.at,
        item=audit.Item("source", source.slug),
        count=accepted,
    )
    return accepted
