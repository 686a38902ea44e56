"""
What witnesses signed, as far as it holds.

A row counts only under a head that was published, and with a line that the key of
the policy verifies: the time and the size that are told come from there, so that
nobody who can add a row can speak for a witness.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from apps.audit.models import Checkpoint, Cosignature
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.notes import VerifyingKey

if TYPE_CHECKING:
    from django.db.models import QuerySet

# So many rows are looked through; whoever adds more has the witness asked again, from its start.
_MOST = 64


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's line under a head: the size, the line, and the moment that it signed."""

    size: int
    line: str
    cosigned_at: datetime


def newest_by(key: VerifyingKey, *, origin: int) -> Cosigned | None:
    """Return what the witness signed last of this origin's heads."""
    for row in under_heads(origin).filter(witness=key.name).order_by("-size")[:_MOST]:
        head = Checkpoint.objects.get(origin=origin, size=row.size)
        if found := _sound(row, head, key):
            return found
    return None


def under(head: Checkpoint, *, keys: Iterable[VerifyingKey]) -> list[str]:
    """Return the lines of these witnesses under the head, in the order of their names."""
    known = {key.name: key for key in keys}
    rows = Cosignature.objects.filter(
        origin=head.origin_id, size=head.size, witness__in=list(known)
    ).order_by("witness")
    signed = (_sound(row, head, known[row.witness]) for row in rows)
    return [each.line for each in signed if each is not None]


def under_heads(origin: int) -> "QuerySet[Cosignature]":
    """Return the rows of this origin that have a head, whatever they hold."""
    head = Checkpoint.objects.filter(origin=OuterRef("origin"), size=OuterRef("size"))
    return Cosignature.objects.filter(Exists(head), origin=origin)


def _sound(row: Cosignature, head: Checkpoint, key: VerifyingKey) -> Cosigned | None:
    """Return what the row says; None where it says nothing: the witness is then asked anew."""
    try:
        [line] = notes.parse_lines(row.line)
        seconds = checkpoints.cosigned_at(notes.parse(head.note).text, line, key=key)
        return Cosigned(row.size, row.line, datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None
