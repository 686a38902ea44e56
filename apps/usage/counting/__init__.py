"""
Counting exactly once: what is new is added to the totals, what is known changes nothing.

Everything here runs inside the one transaction of a batch. All batches take
their locks in one order, and so never wait for each other in a circle: the
lanes, readings, statements of a source, seen digests, counters, subjects, and
then what hangs on subjects: totals, outcomes, sessions.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apps.pseudonyms import queries as pseudonyms
from apps.usage import storage
from apps.usage.admission import Admitted, Contents
from apps.usage.counting import points, records, responses, sittings, standing, statements, totals
from apps.usage.counting.feeds import Feeds, signals_of
from apps.usage.counting.kinds import KindKey, Kinds, kind_of
from apps.usage.counting.sittings import Sitting
from apps.usage.counting.standing import Changed
from apps.usage.counting.tally import Tally
from apps.usage.coverage.notes import Noted
from apps.usage.lanes import Lanes
from apps.usage.storage.targets import TOUCHED

__all__ = ["Counting", "Feeds", "KindKey", "Kinds", "kind_of"]


@dataclass(slots=True)
class Counting:
    """The counting of one batch of a source, which arrived at a moment."""

    contents: Contents
    kinds: Kinds
    feeds: Feeds
    at: datetime
    tally: Tally = field(default_factory=Tally)
    _grown: dict[bytes, Sitting] = field(default_factory=dict)
    _reworked: dict[bytes, int | None] = field(default_factory=dict)

    def count(self) -> None:
        """Count; the tally then tells what was new."""
        lanes = Lanes.load()
        self._count_events()
        self._count_sums()
        families = self._lock_subjects()
        changed = Changed(
            totals.write(self.tally, lanes, lambda kind: self.kinds.key(kind)[0]),
            {(place[0], place[1]) for place in self.tally.outcomes},
            self._write_sessions(lanes),
        )
        self._settle(changed, families)

    def noted(self) -> Noted:
        """Return what the batch was like, once it is counted."""
        contents, tally, now = self.contents, self.tally, int(self.at.timestamp())
        timed: list[Admitted[Any]] = [
            *contents.records,
            *contents.responses,
            *contents.deltas,
            *contents.marks,
        ]
        late = [now - second for second in tally.seconds if second < now]
        latest = max(tally.seconds, default=None)
        return Noted(
            source_id=self.feeds.source_id,
            at=self.at,
            accepted=tally.accepted,
            duplicates=contents.size - tally.accepted,
            rejected=len(contents.rejected),
            dropped=contents.dropped,
            unpriced=tally.unpriced,
            last_event_at=None if latest is None else datetime.fromtimestamp(latest, tz=UTC),
            late_seconds=sum(late),
            latest_seconds=max(late, default=0),
            ahead_seconds=max(0, (latest or 0) - now),
            versions=frozenset((e.work.tool, e.work.version) for e in timed if e.work.version),
        )

    def _count_events(self) -> None:
        """Count records and responses; first of all come the locks, in every batch alike."""
        contents, given = self.contents, self._given
        if contents.responses:
            storage.lock_readings()
        if contents.statements or contents.days:
            storage.lock_statements(self.feeds.source_id)
        if contents.records:
            self._grown = records.count(contents.records, self.tally, **given)
        if contents.responses:
            self._reworked = responses.count(contents.responses, self.tally, **given)

    def _count_sums(self) -> None:
        """Count points of counters and statements."""
        contents, given = self.contents, self._given
        if contents.deltas:
            points.count_deltas(contents.deltas, self.tally, **given)
        if contents.marks:
            points.count_marks(contents.marks, self.tally, **given)
        if contents.statements or contents.days:
            statements.count(contents.statements, contents.days, self.tally, **given, at=self.at)

    @property
    def _given(self) -> dict[str, Any]:
        return {"source_id": self.feeds.source_id, "kinds": self.kinds}

    def _lock_subjects(self) -> dict[int, int]:
        """Put the subjects on the list of the touched, with all who are one person with them."""
        subjects = self.tally.subjects
        families = pseudonyms.families(subjects) if self.feeds.are_several() else {}
        storage.put(TOUCHED, [(subject,) for subject in sorted(subjects | families.keys())])
        return families

    def _write_sessions(self, lanes: Lanes) -> set[tuple[int, int]]:
        """Write the sessions, and return the subjects and names of those that are new or gone."""
        changed: set[tuple[int, int]] = set()
        if self._grown:
            changed = sittings.add(self._grown, lanes)
        if self._reworked:
            changed |= sittings.rework(self._reworked, lanes)
        return changed

    def _settle(self, changed: Changed, families: dict[int, int]) -> None:
        """Let one feed count where several tell of the same work."""
        signals = signals_of(self.contents)
        if not signals or not self.feeds.are_several():
            return
        own = (self.feeds.source_id, min(signals))
        standing.settle(changed, families, own)
