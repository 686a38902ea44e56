"""
Reading the log, newest first.

Reading it is itself a look: the gate asks for the permission on `the_log` and
records the reading; nothing here does.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery

from apps.audit import leaves
from apps.audit.events import Event
from apps.audit.models import Detail, Entry, Leaf, Log, Origin
from apps.audit.queries.reading import leaf_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

UNREADABLE = "unreadable"
"""The rule of an entry whose bytes say nothing: it was not written by this program."""

_NONCES = {
    "actor": "actor_nonce",
    "subject": "subject_nonce",
    "parameters": "parameters_nonce",
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """
    An entry with its details, of which `erased` names those that are gone; they are None.

    `index` is its place in the current tree, None as long as it waits for one. What
    stands there and is no entry has the rule `unreadable`, and no object and count.
    """

    id: uuid.UUID
    recorded_at: datetime
    event: str
    outcome: str
    item_type: str
    item_id: str
    count: int
    rule: str
    actor: str | None
    role: str | None
    subject: str | None
    parameters: dict[str, leaves.Value] | None
    erased: tuple[str, ...]
    index: int | None


def entries(  # noqa: PLR0913 - each is one independent filter
    *,
    before: uuid.UUID | None = None,
    index: int | None = None,
    event: Event | None = None,
    outcome: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """
    Return the newest entries that match; `before` is the id of the last one seen.

    `index` is a place in the current tree, so that there is one entry at most.
    `actor` and `subject` are references such as `user:7`; `since` is inclusive,
    `until` is not.
    """
    wanted = {
        "entry_id__lt": before,
        "entry__event": event,
        "entry__outcome": outcome,
        "actor": actor,
        "subject": subject,
        "entry__recorded_at__gte": since,
        "entry__recorded_at__lt": until,
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    rows = Detail.objects.filter(**asked)
    if index is not None:
        there = Leaf.objects.filter(origin=_current_origin(), index=index)
        rows = rows.filter(entry_id__in=there.values("entry_id"))
    return _views(rows, limit=limit)


def looks_at(
    *, subject: str, events: Collection[Event], since: datetime | None = None
) -> list[EntryView]:
    """Return the entries of these events about this person, newest first; unreadable ones not."""
    rows = Detail.objects.filter(subject=subject, entry__event__in=list(events))
    if since is not None:
        rows = rows.filter(entry__recorded_at__gte=since)
    return [view for view in _views(rows) if view.rule != UNREADABLE]


def the_log() -> Log:
    """Return the log as the object on which `read_audit` and `trace_leak` are granted."""
    return Log.objects.get(slug="log")


def _views(rows: "QuerySet[Detail]", *, limit: int | None = None) -> list[EntryView]:
    # Ids begin with their moment, so that their order is that of time.
    newest_first = rows.select_related("entry").order_by("-entry_id")
    leaf = Leaf.objects.filter(origin=_current_origin(), entry_id=OuterRef("entry_id"))
    found = newest_first.annotate(index=Subquery(leaf.values("index")))[:limit]
    return [_view(row.entry, row, row.index) for row in found]


def _current_origin() -> Subquery:
    return Subquery(Origin.objects.order_by("-number").values("number")[:1])


def _view(entry: Entry, detail: Detail, index: int | None) -> EntryView:
    leaf = leaf_of(entry.leaf)
    item_type, _, item_id = leaf.obj.partition(":") if leaf else ("", "", "")
    parameters = detail.parameters
    return EntryView(
        id=entry.id,
        recorded_at=entry.recorded_at,
        event=entry.event,
        outcome=entry.outcome,
        item_type=item_type,
        item_id=item_id,
        count=leaf.n if leaf else 0,
        rule=leaf.rule if leaf else UNREADABLE,
        actor=detail.actor,
        role=detail.role,
        subject=detail.subject,
        parameters=parameters if isinstance(parameters, dict) else None,
        erased=tuple(part for part, nonce in _NONCES.items() if getattr(detail, nonce) is None),
        index=index,
    )
