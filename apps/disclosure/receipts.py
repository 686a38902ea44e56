"""
The receipts of one answer: noted by the gate after each commit, signed when the answer is ready.

Outside of an answer (commands, tasks) nobody holds a receipt, and none is made.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings

from apps.audit import actions as audit
from apps.audit import keys
from apps.audit.queries.origins import origin_name
from apps.audit.receipts import Receipt, issue
from apps.audit.tree.hashing import leaf_hash


@dataclass(frozen=True, slots=True)
class Look:
    """A look that was committed: its entry, and the origin of the log at that moment."""

    origin: str
    entry: audit.Written


_looks: ContextVar[list[Look] | None] = ContextVar("looks", default=None)


@contextmanager
def collected() -> Iterator[list[Look]]:
    """Collect the looks that are committed in the block, for one answer."""
    looks: list[Look] = []
    outer = _looks.set(looks)
    try:
        yield looks
    finally:
        _looks.reset(outer)


def are_wanted() -> bool:
    """Tell whether anybody collects, so that what is committed becomes a promise."""
    return _looks.get() is not None


def origin() -> str:
    """Return the log's origin if anybody collects; asked before the commit, where it may fail."""
    return origin_name() if are_wanted() else ""


def give(origin: str, written: Iterable[audit.Written]) -> None:
    """Note what was committed for whoever collects."""
    looks = _looks.get()
    if looks is not None:
        looks.extend(Look(origin, entry) for entry in written)


def signed(look: Look) -> str:
    """Return the receipt of a look as it stands in the header."""
    receipt = Receipt(
        origin=look.origin,
        entry=str(look.entry.id),
        leaf=leaf_hash(look.entry.leaf),
        at=look.entry.moment,
        within=settings.AUDIT_MERGE_SECONDS,
    )
    return issue(receipt, key=keys.receipt_key(look.origin))
