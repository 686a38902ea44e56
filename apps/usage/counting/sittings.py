"""
Sessions: the spans in which somebody worked with a tool, and their tokens.

Sessions of records grow: new moments are merged into the stored spans, which
any order of batches leaves the same. Sessions of transcripts are worked out
anew from the readings that count, because a larger reading may take a response
from one session into another.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apps.common import clock
from apps.usage import storage
from apps.usage.formats import BUCKETS
from apps.usage.lanes import Lanes
from apps.usage.limits import MOST_IN_A_SESSION
from apps.usage.models import Reading, Session, Signal
from apps.usage.rules import spans
from apps.usage.storage.targets import SESSIONS

_MOST_PARAMETERS = 20_000


@dataclass(slots=True)
class Sitting:
    """One session as far as it is known: its moments, earlier spans (epoch seconds) and tokens."""

    subject: int
    tool: str
    is_automation: bool
    name: int | None = None
    source_id: int | None = None
    signal: Signal = Signal.EVENT
    total_tokens: int = 0
    moments: list[int] = field(default_factory=list)
    earlier: list[spans.Span] = field(default_factory=list)

    def row(self, digest: bytes, lanes: Lanes) -> tuple[Any, ...]:
        """Return the session as it is stored, in the lane in which it competes."""
        merged = spans.merge(self.earlier, self.moments)
        first_at = datetime.fromtimestamp(merged[0][0], tz=UTC)
        lane = self.is_automation
        if lanes.rulings:
            lane = lanes.lane(self.subject, self.tool, clock.day_of(first_at), lane)
        return (
            digest,
            self.name,
            self.tool,
            self.signal,
            self.source_id,
            True,
            lane,
            self.subject,
            first_at,
            datetime.fromtimestamp(merged[-1][1], tz=UTC),
            spans.active_seconds(merged),
            min(self.total_tokens, MOST_IN_A_SESSION),
            self.is_automation,
            json.dumps(merged, separators=(",", ":")),
        )


def add(sittings: dict[bytes, Sitting], lanes: Lanes) -> set[tuple[int, int]]:
    """
    Merge the moments and tokens of new records into their sessions.

    Returns the subjects and names of the sessions that are new.
    """
    rows = [sittings[digest].row(digest, lanes) for digest in sorted(sittings)]
    new = storage.put_new(SESSIONS, rows)
    known = sorted(set(sittings) - new)
    for row in _stored(known):
        digest = bytes(row.digest)
        sitting = sittings[digest]
        sitting.total_tokens += row.total_tokens
        sitting.is_automation = sitting.is_automation or row.is_automation
        sitting.earlier = [(first, last) for first, last in row.spans]
    storage.put(SESSIONS, [sittings[digest].row(digest, lanes) for digest in known])
    made = (sittings[digest] for digest in new)
    return {(each.subject, each.name) for each in made if each.name is not None}


def rework(names: Mapping[bytes, int | None], lanes: Lanes) -> set[tuple[int, int]]:
    """
    Work the sessions of transcripts out anew, given by digest with their names.

    Where a name is not given, the stored one stays. Returns the subjects and names of those that
    are new or gone. The caller holds the lock of the readings.
    """
    sittings: dict[bytes, Sitting] = {}
    digests = names.keys()
    columns = ("session", "subject", "kind__tool", "is_automation", "at", *BUCKETS)
    for some in _chunks(sorted(digests)):
        found = Reading.objects.filter(session__in=some).values_list(*columns)
        for stored, subject, tool, is_automation, at, *counts in found.iterator():
            digest = bytes(stored)
            sitting = sittings.get(digest)
            if sitting is None:
                sitting = sittings[digest] = Sitting(
                    subject, tool, is_automation, names[digest], signal=Signal.RESPONSE
                )
            sitting.is_automation = sitting.is_automation or is_automation
            sitting.total_tokens += sum(counts)
            sitting.moments.append(int(at.timestamp()))
    storage.put(SESSIONS, [sittings[digest].row(digest, lanes) for digest in sorted(sittings)])
    changed = {(each.subject, each.name) for each in sittings.values() if each.name is not None}
    for some in _chunks(sorted(set(digests) - set(sittings))):
        rows = Session.objects.filter(digest__in=some)
        known = rows.filter(name__isnull=False).values_list("subject", "name")
        changed.update((subject, name) for subject, name in known if name is not None)
        rows.delete()
    return changed


def _stored(digests: list[bytes]) -> Iterable[Session]:
    """Return the sessions, locked in the order of their keys."""
    for some in _chunks(digests):
        yield from Session.objects.select_for_update().filter(digest__in=some).order_by("digest")


def _chunks(digests: list[bytes]) -> Iterable[list[bytes]]:
    for start in range(0, len(digests), _MOST_PARAMETERS):
        yield digests[start : start + _MOST_PARAMETERS]
