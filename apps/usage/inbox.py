"""
The inbox: large uploads, in sealed parts, until they are worked off.

A row of `Upload` is the truth, a task only a hint to look at it. A worker claims
the row with a lease that each batch renews; how far it has come stands in the
row and is written in the transaction of the batch that it tells of. So whoever
goes on after a worker that died counts on where that one's last batch ended,
and what was accepted then stays accepted in the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from apps.common.errors import Refused
from apps.pseudonyms import sealing
from apps.usage.models import Upload, UploadPart

PART_BYTES = 1024 * 1024
LEASE = timedelta(seconds=30)
REJECTIONS_TOLD = 1_000


class LeaseLost(Refused):
    """Raised when another worker has taken an upload over, because this one took too long."""

    code = "lease_lost"
    status = 409
    title = "Another worker has taken this upload over."


@dataclass(frozen=True, slots=True)
class Claim:
    """An upload that is ours for now; `read` is how many of its records are worked off."""

    upload: Upload
    attempt: int
    read: int

    def row(self) -> QuerySet[Upload]:
        """Return the row as long as it is ours, as none otherwise."""
        return Upload.objects.filter(
            pk=self.upload.pk, attempt=self.attempt, state=Upload.State.WORKING
        )


def waiting_bytes(source_id: int) -> tuple[int, int]:
    """Return how many bytes wait in the inbox, as they were sent: of all, and of one source."""
    sizes = Upload.objects.filter(state__in=_UNFINISHED).aggregate(
        of_all=Sum("size"), of_source=Sum("size", filter=Q(source_id=source_id))
    )
    return int(sizes["of_all"] or 0), int(sizes["of_source"] or 0)


def keep(upload: Upload, body: bytes) -> None:
    """Write the sealed parts of a new upload, one after the other; stands in its transaction."""
    for number, start in enumerate(range(0, len(body), PART_BYTES)):
        piece = body[start : start + PART_BYTES]
        UploadPart.objects.create(
            upload=upload,
            number=number,
            sealed=sealing.sealed(
                piece, kind=sealing.Content.UPLOAD, row_id=_row_id(upload, number)
            ),
        )


def body_of(upload: Upload) -> bytes:
    """Return an upload as it was sent; raises `SealBroken` when a part is not what was kept."""
    return b"".join(_pieces(upload))


def claim(*, at: datetime) -> Claim | None:
    """Take the oldest upload that nobody works at, if there is one."""
    with transaction.atomic(durable=True):
        row = (
            Upload.objects.select_for_update(skip_locked=True)
            .filter(_is_free(at))
            .order_by("received_at")
            .first()
        )
        if row is None:
            return None
        # Without row locks (SQLite) two may have found it; one of them changes it.
        unchanged = Upload.objects.filter(pk=row.pk, attempt=row.attempt, state=row.state)
        is_ours = unchanged.update(
            state=Upload.State.WORKING,
            attempt=F("attempt") + 1,
            fruitless=F("fruitless") + 1,
            lease_until=at + LEASE,
        )
    return Claim(row, row.attempt + 1, row.read) if is_ours else None


def is_any_free(*, at: datetime) -> bool:
    """Tell whether an upload waits for somebody."""
    return Upload.objects.filter(_is_free(at)).exists()


def release(claim: Claim, *, not_before: datetime) -> None:
    """Give an upload back, to be gone on with from that moment."""
    claim.row().update(state=Upload.State.WAITING, lease_until=not_before)


_UNFINISHED = (Upload.State.WAITING, Upload.State.WORKING)


def _is_free(at: datetime) -> Q:
    """Match what waits, and what a worker left behind that fell silent."""
    return Q(state__in=_UNFINISHED) & (Q(lease_until=None) | Q(lease_until__lte=at))


def _pieces(upload: Upload) -> Iterator[bytes]:
    for part in UploadPart.objects.filter(upload=upload).order_by("number").iterator(4):
        yield sealing.opened(
            bytes(part.sealed),
            kind=sealing.Content.UPLOAD,
            row_id=_row_id(upload, part.number),
        )


def _row_id(upload: Upload, number: int) -> str:
    return f"{upload.pk}/{number}"
