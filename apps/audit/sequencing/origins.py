"""Under which name and key the log is signed: the first origin, and those after a freeze."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit import keys
from apps.audit.actions import continuing
from apps.audit.models import Origin
from apps.audit.queries.continuations import Agreement
from apps.audit.sequencing import heads
from apps.audit.tree import notes
from apps.audit.tree.notes import SigningKey


class KeyMissing(RuntimeError):
    """Raised where an origin would begin in a process without `AUDIT_KEY`."""


def current() -> Origin | None:
    """Return the origin that entries are sequenced for; None before the first start."""
    return Origin.objects.order_by("-number").first()


def is_wrong(key: SigningKey, origin: Origin) -> bool:
    """Tell whether a process was given another key than the one that the origin began with."""
    return key.verifying.vkey != origin.vkey


def begin_first(at: datetime) -> Origin:
    """Begin the log under its configured name; raises `KeyMissing`."""
    return _begin(1, settings.AUDIT_ORIGIN, at=at)


def begin_next(agreement: Agreement, folder: Path, *, at: datetime) -> Origin:
    """
    Begin the origin after a frozen one, as two people agreed; raises `KeyMissing`.

    The new key signs a statement of both heads, and the log tells of the beginning.
    The frozen one's head is set aside first: should this end here, its row still stands.
    """
    number = agreement.freeze.number + 1
    name = f"{settings.AUDIT_ORIGIN}-{number}"
    with transaction.atomic():
        origin = _begin(number, name, at=at, statement=agreement.statement(name))
        continuing.record_continued(agreement, origin=number, at=at)
        heads.set_aside(folder, agreement.freeze.number)
    return origin


def _begin(number: int, name: str, *, at: datetime, statement: str = "") -> Origin:
    key = keys.log_key(name)
    if key is None:
        raise KeyMissing
    return Origin.objects.create(
        number=number,
        name=name,
        vkey=key.verifying.vkey,
        begun_at=at,
        statement=notes.sign(statement, key) if statement else "",
    )
