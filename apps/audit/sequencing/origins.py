"""Under which name and key the log is signed: the first origin, and those after a freeze."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from apps.audit import keys
from apps.audit.models import Origin
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


def begin(number: int, *, at: datetime, statement: Callable[[str], str]) -> Origin:
    """
    Begin a later origin, part of a transaction; raises `KeyMissing`.

    The new key signs what `statement` says for the new name, which is the first one's
    with the number: an installation that has moved since keeps its log's name.
    """
    name = f"{Origin.objects.get(number=1).name}-{number}"
    return _begin(number, name, at=at, statement=statement(name))


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
