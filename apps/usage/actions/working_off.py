"""Working off the inbox: each upload exactly once, whoever dies meanwhile."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error as DatabaseTrouble
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.errors import ApplicationError
from apps.pseudonyms.sealing import SealBroken
from apps.usage import credentials, inbox
from apps.usage.actions.intake import Took, ingest
from apps.usage.formats import Unreadable
from apps.usage.limits import Full
from apps.usage.models import Upload, UploadPart
from apps.usage.reading import forms
from apps.usage.reading.inflation import inflated_again

MOST_FRUITLESS = 20
"""So many attempts in a row that counted nothing are enough."""
_PAUSE = timedelta(seconds=15)
_GLANCE = 1_000
_log = structlog.get_logger()


class Damaged(Unreadable):
    """Raised when a part of an upload is not what was kept."""

    code = "damaged"
    title = "What was kept of this upload is damaged; send it again."


@dataclass(slots=True)
class Worked:
    """What one call of `work` did: uploads finished, and whether others still wait."""

    finished: int = 0
    is_more: bool = False


def work(*, at: datetime, seconds: float) -> Worked:
    """
    Work off what waits, oldest first, for about so many seconds.

    Whatever is unfinished then goes on in the next call, from where it came to.
    """
    watch = _Watch(at, seconds)
    worked = Worked()
    while not watch.is_over and (claim := inbox.claim(at=watch.now)):
        try:
            worked.finished += _work_off(claim, watch)
        except inbox.LeaseLost:
            _log.info("inbox.outrun")
    worked.is_more = inbox.is_any_free(at=watch.now)
    return worked


class _Watch:
    """Tells the time by a clock that nobody can set back, and when the time is over."""

    def __init__(self, at: datetime, seconds: float) -> None:
        self.at = at
        self.began = time.monotonic()
        self.seconds = seconds

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.at + timedelta(seconds=time.monotonic() - self.began)

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() - self.began > self.seconds


class _Reading:
    """The rest of an upload's events, as far as time allows; `is_whole` once all were given."""

    def __init__(self, claim: inbox.Claim, watch: _Watch) -> None:
        self.claim = claim
        self.watch = watch
        self.is_whole = False

    def __iter__(self) -> Iterator[Any]:
        upload = self.claim.upload
        try:
            chunks = inflated_again(inbox.body_of(upload), encoding=upload.encoding)
        except SealBroken:
            raise Damaged from None
        for number, event in enumerate(forms.events_of(chunks, forms.Form(upload.form))):
            if number < self.claim.read:
                continue
            if not number % _GLANCE and number > self.claim.read and self.watch.is_over:
                return
            yield event
        self.is_whole = True


def _work_off(claim: inbox.Claim, watch: _Watch) -> bool:
    """Work at one upload; tell whether that finished it."""
    if claim.upload.fruitless >= MOST_FRUITLESS:
        return _fail(
            claim,
            code="failed",
            error="It was tried too often; an administrator can have it tried again.",
            at=watch.now,
        )
    reading = _Reading(claim, watch)
    try:
        ingest(
            source=credentials.source(claim.upload.source.slug),
            events=reading,
            at=claim.upload.received_at,
            on_batch=lambda took: _keep_count(claim, took, at=watch.now),
        )
    except inbox.LeaseLost:
        raise
    except Full:
        inbox.release(claim, not_before=watch.now)
        return False
    except ApplicationError as refusal:
        return _fail(claim, code=refusal.code, error=refusal.detail, at=watch.now)
    except DatabaseTrouble:
        # Where the database is gone as well, the lease runs out by itself.
        with contextlib.suppress(DatabaseTrouble):
            inbox.release(claim, not_before=watch.now)
        raise
    except Exception as trouble:  # noqa: BLE001 - one upload must not stop the others
        _log.error("inbox.stumbled", error=type(trouble).__name__, attempt=claim.attempt)
        inbox.release(claim, not_before=watch.now + _PAUSE)
        return False
    if not reading.is_whole:
        inbox.release(claim, not_before=watch.now)
        return False
    return _finish(claim, at=watch.now)


def _keep_count(claim: inbox.Claim, took: Took, *, at: datetime) -> None:
    """Write how far an upload has come, in the transaction of the batch; raises LeaseLost."""
    row = claim.row().select_for_update().first()
    if row is None:
        raise inbox.LeaseLost
    changed = ["read", "accepted", "duplicates", "rejected", "fruitless", "lease_until"]
    row.read += took.read
    row.accepted += took.accepted
    row.duplicates += took.duplicates
    row.rejected += len(took.rejected)
    row.fruitless = 0
    row.lease_until = at + inbox.LEASE
    room = inbox.REJECTIONS_TOLD - len(row.rejections)
    if took.rejected and room > 0:
        # The detail speaks of what was sent, and these rows are not sealed.
        row.rejections += [{"line": line.line, "code": line.code} for line in took.rejected[:room]]
        changed.append("rejections")
    row.save(update_fields=changed)


def _finish(claim: inbox.Claim, *, at: datetime) -> bool:
    """Close an upload that was read to its end; one of which no line is JSON has failed."""
    row = claim.row().first()
    if row is None:
        raise inbox.LeaseLost
    nothing_counted = row.rejected and not row.accepted + row.duplicates
    if nothing_counted and {each["code"] for each in row.rejections} == {"invalid_json"}:
        return _fail(claim, code=Unreadable.code, error="No line of this is JSON.", at=at)
    return _close(claim, Upload.State.DONE, at=at)


def _fail(claim: inbox.Claim, *, code: str, error: str, at: datetime) -> bool:
    """Close an upload that cannot be counted to its end; what was counted stays counted."""
    _log.warning("inbox.failed", code=code, attempt=claim.attempt)
    return _close(claim, Upload.State.FAILED, at=at, error_code=code, error=error[:300])


def _close(claim: inbox.Claim, state: Upload.State, *, at: datetime, **error: str) -> bool:
    with transaction.atomic():
        row = claim.row().select_for_update().first()
        if row is None or not claim.row().update(
            state=state, finished_at=at, lease_until=None, **error
        ):
            raise inbox.LeaseLost
        # What stumbled again and again may be our fault: it is kept, to be tried again.
        if error.get("error_code") != "failed":
            UploadPart.objects.filter(upload=row).delete()
        audit.record(
            event=Event.UPLOAD_COUNTED,
            actor=actors.source(row.source.slug),
            at=at,
            item=audit.Item("upload", str(row.pk)),
            count=row.accepted,
            rule=error.get("error_code", ""),
        )
    return True
