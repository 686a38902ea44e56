"""Taking large uploads into the inbox, and telling their senders how far they are."""

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerTrouble

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.actors import Actor
from apps.common.errors import ApplicationError, NotFound
from apps.usage import inbox, refusals
from apps.usage.credentials import SourceView
from apps.usage.models import Upload
from apps.usage.reading import forms

_PATIENCE = 5
_SHARES = 4
_hinting = threading.Lock()
_log = structlog.get_logger()


class InboxFull(ApplicationError):
    """Raised when as much waits in the inbox as may; nothing of the upload was kept."""

    code = "inbox_full"
    status = 429
    title = "Too many uploads wait to be counted; send this again later."
    retry_after = 30


@dataclass(frozen=True, slots=True)
class UploadView:
    """How far an upload is, as its sender is told."""

    id: uuid.UUID
    state: str
    received_at: datetime
    finished_at: datetime | None
    accepted: int
    duplicates: int
    rejected: list[dict[str, Any]]
    rejected_count: int
    read: int
    error: dict[str, str] | None


def require_room(size: int, *, source: SourceView) -> None:
    """
    Raise `InboxFull` unless so many bytes more of the source may wait.

    No source fills more than its share, but for one upload that is larger by
    itself. Senders at once may overfill both.
    """
    everything, own = inbox.waiting_bytes(source.id)
    is_over_share = own > 0 and own + size > settings.INBOX_BYTES // _SHARES
    if is_over_share or everything + size > settings.INBOX_BYTES:
        raise InboxFull


def receive(
    body: bytes, *, source: SourceView, form: forms.Form, encoding: str, at: datetime
) -> UploadView:
    """Keep a sound upload, sealed, to be worked off; raises `InboxFull`."""
    require_room(len(body), source=source)
    with transaction.atomic():
        upload = Upload.objects.create(
            source_id=source.id, form=form, encoding=encoding, size=len(body), received_at=at
        )
        inbox.keep(upload, body)
        audit.record(
            event=Event.UPLOAD_RECEIVED,
            actor=actors.source(source.slug),
            at=at,
            item=audit.Item("upload", str(upload.pk)),
        )
        transaction.on_commit(wake)
    return _view(upload)


def upload(upload_id: uuid.UUID, *, source: SourceView) -> UploadView:
    """Return how far a source's own upload is; raises NotFound for anything else."""
    found = Upload.objects.filter(pk=upload_id, source_id=source.id).first()
    if found is None:
        raise NotFound
    return _view(found)


@transaction.atomic
def retry(upload_id: uuid.UUID, *, actor: Actor, at: datetime) -> bool:
    """Have an upload that failed worked at again; tell whether its parts are still there."""
    failed = Upload.objects.filter(pk=upload_id, state=Upload.State.FAILED)
    if not failed.filter(parts__isnull=False).exists() or not failed.update(
        state=Upload.State.WAITING,
        lease_until=None,
        fruitless=0,
        finished_at=None,
        error_code="",
        error="",
    ):
        return False
    audit.record(
        event=Event.UPLOAD_RETRIED,
        actor=actor,
        at=at,
        item=audit.Item("upload", str(upload_id)),
    )
    transaction.on_commit(wake)
    return True


def wake() -> None:
    """
    Hint a worker at the inbox, beside the request; without a broker the clock does so later.

    A broker that accepts a message but does not confirm it holds its sender for a minute.
    While one hint is on its way no other is needed.
    """
    from apps.usage.tasks import work_inbox

    if work_inbox.app.conf.task_always_eager:
        work_inbox.delay()
    elif _hinting.acquire(blocking=False):
        threading.Thread(target=_hint, args=(work_inbox,), daemon=True).start()


def _hint(task: Any) -> None:
    try:
        task.apply_async(retry=False, confirm_timeout=_PATIENCE)
    except (OSError, BrokerTrouble) as trouble:
        _log.warning("inbox.not_hinted", error=type(trouble).__name__)
    finally:
        _hinting.release()


def _view(row: Upload) -> UploadView:
    error = {"code": row.error_code, "detail": row.error} if row.error_code else None
    return UploadView(
        id=row.pk,
        state=row.state,
        received_at=row.received_at,
        finished_at=row.finished_at,
        accepted=row.accepted,
        duplicates=row.duplicates,
        rejected=[
            {
                "line": each["line"],
                "code": each["code"],
                "detail": refusals.sentence(each["code"]),
            }
            for each in row.rejections
        ],
        rejected_count=row.rejected,
        read=row.read,
        error=error,
    )
