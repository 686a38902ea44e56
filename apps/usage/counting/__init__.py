"""
Counting exactly once: what is new is added to the totals, what is known changes nothing.

Everything here runs inside the one transaction of a batch. All batches take
their locks in one order, and so never wait for each other in a circle: the
lanes, readings, statements of a source, seen digests, counters, subjects, and
then what hangs on subjects: totals, outcomes, sessions.
"""

from dataclasses import dataclass, field
from datetime import datetime

from apps.usage import storage
from apps.usage.admission import Contents
from apps.usage.counting import points, records, responses, sittings, statements
from apps.usage.counting.kinds import KindKey, Kinds, kind_of
from apps.usage.counting.sittings import Sitting
from apps.usage.counting.tally import Tally
from apps.usage.lanes import Lanes
from apps.usage.storage.targets import TOUCHED

__all__ = ["KindKey", "Kinds", "count", "kind_of"]


@dataclass(slots=True)
class _Sessions:
    """What a batch changes in sessions: what those of records gain, which others to work out."""

    grown: dict[bytes, Sitting] = field(default_factory=dict)
    reworked: dict[bytes, int | None] = field(default_factory=dict)


def count(contents: Contents, *, source_id: int, kinds: Kinds, at: datetime) -> int:
    """Count a batch that arrived at a moment, and return how much of it was new."""
    lanes = Lanes.load()
    tally, sessions = Tally(), _Sessions()
    accepted = _count_events(contents, tally, sessions, source_id=source_id, kinds=kinds)
    accepted += _count_sums(contents, tally, source_id=source_id, kinds=kinds, at=at)
    storage.put(TOUCHED, [(subject,) for subject in sorted(tally.subjects)])
    tally.write(lanes, lambda kind: kinds.key(kind)[0])
    if sessions.grown:
        sittings.add(sessions.grown, lanes)
    if sessions.reworked:
        sittings.rework(sessions.reworked, lanes)
    return accepted


def _count_events(
    contents: Contents, tally: Tally, sessions: _Sessions, *, source_id: int, kinds: Kinds
) -> int:
    """Count records and responses; first of all come the locks, in every transaction alike."""
    events = contents.events
    answers = [entry for entry in events if entry.work.keyed_by == "id"]
    if answers:
        storage.lock_readings()
    if contents.statements or contents.days:
        storage.lock_statements(source_id)
    accepted = 0
    if len(answers) < len(events):
        told = [entry for entry in events if entry.work.keyed_by == "id_and_time"]
        accepted, sessions.grown = records.count(told, tally, source_id=source_id, kinds=kinds)
    if answers:
        new, sessions.reworked = responses.count(answers, tally, source_id=source_id, kinds=kinds)
        accepted += new
    return accepted


def _count_sums(
    contents: Contents, tally: Tally, *, source_id: int, kinds: Kinds, at: datetime
) -> int:
    """Count points of counters and statements."""
    accepted = 0
    if contents.deltas:
        accepted += points.count_deltas(contents.deltas, tally, source_id=source_id, kinds=kinds)
    if contents.marks:
        accepted += points.count_marks(contents.marks, tally, source_id=source_id, kinds=kinds)
    if contents.statements or contents.days:
        accepted += statements.count(
            contents.statements, contents.days, tally, source_id=source_id, kinds=kinds, at=at
        )
    return accepted
