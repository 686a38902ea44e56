"""
How well each source reports, noted once a batch: one upsert, and an insert for a new version.

`note` is the last statement of a batch's transaction that locks a row: versions
first, in their order, then one row of the source's day. So batches of one source
cannot wait for each other in a circle, and hold the row only while they commit.
On PostgreSQL a day has several rows, of which each batch takes any: otherwise a
source that sends thousands of small requests would commit them one by one.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from apps.common import clock
from apps.usage.coverage import versions
from apps.usage.models import ClientVersion

_SLOTS = {"postgresql": 16, "sqlite": 1}
_LARGER = {"postgresql": "greatest", "sqlite": "max"}
_ADDED = (
    "accepted",
    "duplicates",
    "rejected",
    "dropped_attributes",
    "unpriced",
    "late_seconds",
)
_LARGEST = ("latest_seconds", "ahead_seconds")
_MOST_SECONDS = 2**31 - 1
# Nobody runs more of one tool; a sender who invents versions fills no table.
_MOST_VERSIONS = 200
_MOST_NAMES_KEPT = 100_000

Name = tuple[int, str, str, date]
"""A version on a day: source, tool, version, day."""

_noted: set[Name] = set()
"""What this process has seen committed."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one batch was like.

    `accepted`, `duplicates` and `rejected` as the sender is told; `dropped` content
    attributes; `unpriced` of those accepted; `late_seconds` the sum over those
    accepted, from when it happened to `at`, `latest_seconds` the most of any;
    `ahead_seconds` how far the furthest lay in the future; `versions` of tools, raw.
    """

    source_id: int
    at: datetime
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    dropped: int = 0
    unpriced: int = 0
    last_event_at: datetime | None = None
    late_seconds: int = 0
    latest_seconds: int = 0
    ahead_seconds: int = 0
    versions: frozenset[tuple[str, str]] = frozenset()


def note(noted: Noted) -> None:
    """Add a batch to its source's day, inside the batch's transaction and at its end."""
    day = clock.day_of(noted.at)
    _note_versions(noted, day)
    slot = random.randrange(_SLOTS[connection.vendor])  # noqa: S311 - spreads writers, hides nothing
    values = {
        "source_id": noted.source_id,
        "day": connection.ops.adapt_datefield_value(day),
        "slot": slot,
        "last_received_at": _moment(noted.at),
        "last_event_at": _moment(noted.last_event_at),
        "accepted": noted.accepted,
        "duplicates": noted.duplicates,
        "rejected": noted.rejected,
        "dropped_attributes": noted.dropped,
        "unpriced": noted.unpriced,
        "late_seconds": noted.late_seconds,
        "latest_seconds": noted.latest_seconds,
        "ahead_seconds": min(noted.ahead_seconds, _MOST_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(values)), list(values.values()))


def _statement(columns: tuple[str, ...]) -> str:
    """Return the upsert; all names in it are ours."""
    larger = _LARGER[connection.vendor]
    changes = [f"{name} = usage_sourceday.{name} + excluded.{name}" for name in _ADDED]
    changes += [
        f"{name} = {larger}(usage_sourceday.{name}, excluded.{name})"
        for name in (*_LARGEST, "last_received_at")
    ]
    # SQLite's max of anything and NULL is NULL.
    changes.append(
        f"last_event_at = {larger}(coalesce(usage_sourceday.last_event_at, excluded.last_event_at),"
        " coalesce(excluded.last_event_at, usage_sourceday.last_event_at))"
    )
    return (
        f"INSERT INTO usage_sourceday ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT (source_id, day, slot) DO UPDATE SET {', '.join(changes)}"
    )


def _moment(at: datetime | None) -> Any:
    return None if at is None else connection.ops.adapt_datetimefield_value(at)


def _note_versions(noted: Noted, day: date) -> None:
    """Insert versions not met before, and move the day of those that are; once a day each."""
    if not noted.versions:
        return
    seen = {
        (noted.source_id, tool, short, day)
        for tool, version in noted.versions
        if (short := versions.shortened(version))
    }
    new = sorted(seen - _noted)
    if not new:
        return
    _write_versions(noted.source_id, new)
    transaction.on_commit(lambda: _remember(new))


def _write_versions(source_id: int, new: Sequence[Name]) -> None:
    rows = ClientVersion.objects.filter(source=source_id)
    known = set(rows.values_list("tool", "version"))
    room = max(_MOST_VERSIONS - len(known), 0)
    unknown = [name for name in new if name[1:3] not in known][:room]
    ClientVersion.objects.bulk_create(
        [
            ClientVersion(
                source_id=source_id, tool=tool, version=version, first_seen_on=day, last_seen_on=day
            )
            for name in new
            if name[1:3] in known or name in unknown
            for _, tool, version, day in [name]
        ],
        update_conflicts=True,
        unique_fields=["source", "tool", "version"],
        update_fields=["last_seen_on"],
    )


def _remember(new: Iterable[Name]) -> None:
    if len(_noted) > _MOST_NAMES_KEPT:
        _noted.clear()
    _noted.update(new)
