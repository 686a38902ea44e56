"""
Usage in: one transaction per batch, so that a batch counts whole or not at all.

Sending anything again changes nothing, in any order, from any number of
clients, after any interruption. Rejections are kept with their reason, never
with their content.
"""

from collections import Counter
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
from apps.usage.actions.sources import SourceInactive
from apps.usage.admission import Admission, Contents
from apps.usage.counting import Counting, Feeds, Kinds, excess
from apps.usage.coverage import notes
from apps.usage.credentials import SourceView, named_in_log
from apps.usage.formats import Rejected, Reported
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
    What became of everything read: each item is in exactly one of the first three.

    `accepted` counts records, responses and points counted for the first time, and
    statements that are new or say something else; every further reading of a
    response is a duplicate, also one that enlarged it. `refused` tells by code how
    many were rejected, also where not all of them are named in `rejected`.
    `dropped` content attributes arrived and were never read.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dropped: int = 0


def ingest(  # noqa: PLR0913 - the last are for bulk work, progress bars and two senders only
    *,
    source: SourceView,
    events: Iterable[Reported],
    at: datetime,
    subject: int | None = None,
    batch_size: int = BATCH_SIZE,
    on_progress: Callable[[int], None] | None = None,
    on_batch: Callable[[Took], None] | None = None,
    most_named: int | None = None,
) -> IngestResult:
    """
    Count what a source reports; `subject` is whose usage it is, if all of it is one person's.

    `on_progress` is told after each batch how many items it held; `on_batch` what
    became of them, in the batch's transaction, which what it raises undoes. Of the
    rejected at most `most_named` are named in the result; all without. Raises
    SourceInactive, NotAllowed when the source may not report the subject, and
    Full when others overfilled a sum at the same moment.
    """
    if not source.is_active:
        raise SourceInactive
    if source.subject is not None and subject not in {None, source.subject}:
        raise NotAllowed
    admission, kinds = Admission(source, subject, at), Kinds(source.id, at)
    intake = _Intake(admission, Feeds(source.id), kinds, on_batch, most_named)
    waiting = iter(events)
    while batch := list(islice(waiting, batch_size)):
        intake.take(batch)
        if on_progress is not None:
            on_progress(len(batch))
    return intake.result


@dataclass(slots=True)
class _Intake:
    """One call of `ingest`: what it knows, and what has become of everything so far."""

    admission: Admission
    feeds: Feeds
    kinds: Kinds
    on_batch: Callable[[Took], None] | None
    most_named: int | None
    result: IngestResult = field(default_factory=IngestResult)

    def take(self, batch: list[Reported]) -> None:
        """Count one batch, whole or, where a sum is full, without what falls there."""
        contents = self.admission.admit(batch)
        self.kinds.learn(contents.admitted)
        self.feeds.learn(contents)
        try:
            took = self._store(contents, len(batch))
        except Full:
            source_id = self.admission.source.id
            contents = excess.part(contents, source_id=source_id, kinds=self.kinds)
            took = self._store(contents, len(batch))
        self.result.accepted += took.accepted
        self.result.duplicates += took.duplicates
        self.result.refused.update(line.code for line in took.rejected)
        self._name(took.rejected)
        self.result.dropped += contents.dropped

    def _name(self, rejected: list[RejectedLine]) -> None:
        named, most = self.result.rejected, self.most_named
        named.extend(rejected if most is None else rejected[: max(most - len(named), 0)])

    @transaction.atomic
    def _store(self, contents: Contents, read: int) -> Took:
        """Write one batch and return what became of it."""
        source, at = self.admission.source, self.admission.at
        counting = Counting(contents, self.kinds, self.feeds, at)
        counting.count()
        noted = counting.noted()
        took = Took(read, noted.accepted, noted.duplicates, _in_order(contents.rejected))
        _write_down(took, source, at)
        # The last of all locks: many batches of a source meet here.
        notes.note(noted)
        if self.on_batch is not None:
            self.on_batch(took)
        return took


def _in_order(rejected: list[Rejected]) -> list[RejectedLine]:
    ordered = sorted(rejected, key=lambda each: (each.part, each.line))
    return [RejectedLine(each.line, each.code, each.detail, each.part) for each in ordered]


def _write_down(took: Took, source: SourceView, at: datetime) -> None:
    """Keep the batch's counts and its first rejections, and tell the log."""
    batch = Batch.objects.create(
        source_id=source.id,
        received_at=at,
        accepted=took.accepted,
        duplicates=took.duplicates,
        rejected=len(took.rejected),
    )
    Rejection.objects.bulk_create(
        Rejection(batch=batch, line=each.line, code=each.code)
        for each in took.rejected[:MAX_REJECTIONS_KEPT]
    )
    audit.record(
        event=Event.USAGE_INGESTED,
        actor=actors.source(source.slug),
        at=at,
        item=named_in_log(source),
        count=took.accepted,
    )
