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

from apps.audit import leaves
from apps.audit.events import Event
from apps.audit.models import Detail, Entry, Log

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with its details; erased ones are None."""

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


def entries(  # noqa: PLR0913 - each is one independent filter
    *,
    before: uuid.UUID | None = None,
    event: Event | None = None,
    actor: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """
    Return the newest entries that match; `before` is the id of the last one seen.

    `actor` and `subject` are references such as `user:7`; `since` is inclusive,
    `until` is not.
    """
    wanted = {
        "entry_id__lt": before,
        "entry__event": event,
        "actor": actor,
        "subject": subject,
        "entry__recorded_at__gte": since,
        "entry__recorded_at__lt": until,
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    return _views(Detail.objects.filter(**asked), limit=limit)


def looks_at(
    *, subject: str, events: Collection[Event], since: datetime | None = None
) -> list[EntryView]:
    """Return the entries of these events about this person, newest first."""
    rows = Detail.objects.filter(subject=subject, entry__event__in=list(events))
    if since is not None:
        rows = rows.filter(entry__recorded_at__gte=since)
    return _views(rows)


def the_log() -> Log:
    """Return the log as the object on which `read_audit` and `trace_leak` are granted."""
    return Log.objects.get(slug="log")


def _views(rows: "QuerySet[Detail]", *, limit: int | None = None) -> list[EntryView]:
    # Ids begin with their moment, so that their order is that of time.
    newest_first = rows.select_related("entry").order_by("-entry_id")[:limit]
    return [_view(row.entry, row) for row in newest_first]


def _view(entry: Entry, detail: Detail) -> EntryView:
    leaf = leaves.read(bytes(entry.leaf))
    item_type, _, item_id = leaf.obj.partition(":")
    return EntryView(
        id=entry.id,
        recorded_at=entry.recorded_at,
        event=entry.event,
        outcome=entry.outcome,
        item_type=item_type,
        item_id=item_id,
        count=leaf.n,
        rule=leaf.rule,
        actor=detail.actor,
        role=detail.role,
        subject=detail.subject,
        parameters=detail.parameters,
    )
