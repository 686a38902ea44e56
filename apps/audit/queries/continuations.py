"""
What became of a frozen log: the two heads that disagree, and what two people agreed on.

Only the newest origin can be frozen here: an origin that was continued has a
successor, and what froze it stays as evidence.
"""

import hashlib
import uuid
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.approvals import queries as approvals
from apps.approvals import standing
from apps.approvals.queries import RequestView
from apps.audit.events import Event
from apps.audit.models import Entry, Freeze, Origin
from apps.audit.queries.entries import the_log
from apps.audit.queries.reading import leaf_of
from apps.common import permissions
from apps.common.actors import ActorKind
from apps.common.errors import Refused

PURPOSE = "audit.continue"
KIND = "continuation/v1"
READ = "read_audit"
ITEM = "continuation"
LASTS = timedelta(days=7)
"""How long an agreement counts: who agreed shall still mean it."""


@dataclass(frozen=True, slots=True)
class FreezeView:
    """An origin that signs no more: the head kept outside the database, and what was found."""

    number: int
    origin: str
    reason: str
    kept_size: int
    kept_root: bytes
    found_size: int
    found_root: bytes
    index: int | None
    frozen_at: datetime

    @property
    def terms(self) -> str:
        """
        What is agreed on, a line each: the origin, the head kept, the one found, the reason.

        A head is its size and its root, which is left out where it could not be read.
        """
        lines = (
            self.origin,
            f"{self.kept_size} {b64encode(self.kept_root).decode()}".rstrip(),
            f"{self.found_size} {b64encode(self.found_root).decode()}".rstrip(),
            self.reason,
        )
        return "".join(f"{line}\n" for line in lines)

    @property
    def target(self) -> str:
        """What a request is bound to: the origin, and by its hash every word of the terms."""
        return f"{self.number}:{hashlib.sha256(self.terms.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two people agreed that a frozen log goes on under a new origin."""

    request_id: uuid.UUID
    people: tuple[str, ...]
    agreed_at: datetime
    freeze: FreezeView

    def statement(self, origin: str) -> str:
        """Return the text that the new origin signs: why the one before it ended."""
        return f"{origin}\n{KIND}\n{self.freeze.terms}"


def frozen() -> FreezeView | None:
    """Return what froze the newest origin, or None while it may sign."""
    newest = Origin.objects.order_by("-number").first()
    return None if newest is None else freeze_of(newest.number)


def agreed(origin: int, *, at: datetime) -> Agreement | None:
    """Return what two people agreed on for this frozen origin in the last days, or None."""
    freeze = freeze_of(origin)
    if freeze is None:
        return None
    request = approvals.approved(PURPOSE, target=freeze.target)
    moment = None if request is None else request.decided_at
    if request is None or moment is None or abs(at - moment) > LASTS:
        return None
    return Agreement(request.id, people=request.people, agreed_at=moment, freeze=freeze)


def are_readers(people: Collection[str]) -> bool:
    """Tell whether each is a signed-in person who is active and holds `read_audit` now."""
    readers = {f"{ActorKind.USER}:{key}" for key in permissions.holders(READ, the_log())}
    return readers.issuperset(people)


def is_founded(agreement: Agreement) -> bool:
    """
    Tell whether an agreement is more than rows that say so.

    Its people are two who may read the log now, were there before the freeze and
    are independent, and the log has the entry of their approval. Reads of accounts
    no name and no address, and of entries no details.
    """
    people = agreement.people
    if len(set(people)) != len(("who asked", "who approved")) or not are_readers(people):
        return False
    try:
        standing.require_independence(people)
        standing.require_established(people, since=agreement.freeze.frozen_at)
    except Refused:
        return False
    return _is_written_down(agreement)


def _is_written_down(agreement: Agreement) -> bool:
    event, moment = Event.LOG_CONTINUATION_APPROVED, agreement.agreed_at
    rows = Entry.objects.filter(event=event, recorded_at=moment).values_list("leaf", flat=True)
    found = [leaf_of(row) for row in rows]
    wanted = (event, "allow", f"{ITEM}:{agreement.request_id}")
    return any(leaf is not None and (leaf.act, leaf.dec, leaf.obj) == wanted for leaf in found)


def pending_continuation(freeze: FreezeView, *, at: datetime) -> RequestView | None:
    """Return the request to go on after this freeze that can still be approved."""
    waiting = approvals.pending(PURPOSE, at=at)
    return next((request for request in waiting if request.target == freeze.target), None)


def freeze_of(number: int) -> FreezeView | None:
    """Return what froze the origin of this number, also if it was continued since."""
    row = Freeze.objects.select_related("origin").filter(origin_id=number).first()
    if row is None:
        return None
    return FreezeView(
        number=row.origin_id,
        origin=row.origin.name,
        reason=row.reason,
        kept_size=row.kept_size,
        kept_root=bytes(row.kept_root),
        found_size=row.found_size,
        found_root=bytes(row.found_root),
        index=row.index,
        frozen_at=row.frozen_at,
    )
