"""
Who did it, when, and may this source say so: the questions between reading and counting.

Identities are resolved once per batch, before its transaction: a subject that
was made for a batch that then fails harms nobody. What lies outside the window
of time makes no subject, and a personal source never brings one into being.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from django.conf import settings

from apps.common import clock
from apps.pseudonyms.identities import SubjectRef
from apps.usage import claims
from apps.usage.claims import Naming
from apps.usage.credentials import SourceView
from apps.usage.formats import (
    OTHER,
    CumulativePoint,
    DayStated,
    DeltaPoint,
    Dropped,
    Point,
    Rejected,
    Reported,
    Statement,
    UsageEvent,
)
from apps.usage.lanes import HeadlessRules

AHEAD = timedelta(minutes=10)
# A day that was cut in another zone ends up to so much later or earlier than ours.
_ZONES = timedelta(hours=14)
# Every zone's offset is a multiple of a quarter of an hour, so the day is constant within one.
_QUARTER_SECONDS = 15 * 60
_NANOSECONDS = 10**9
_DAY_SECONDS = 24 * 60 * 60

_REFUSALS = {
    **claims.REFUSALS,
    "too_old": "This happened before the time for which usage is kept.",
    "in_future": "This lies more than 10 minutes ahead.",
}

W = TypeVar("W", UsageEvent, DeltaPoint, CumulativePoint, Statement)


class Admitted(msgspec.Struct, Generic[W], gc=False):
    """Work that counts: for whom, as automation or not, at which second and on which day."""

    work: W
    subject: int
    is_automation: bool
    seconds: int
    day: date


@dataclass(slots=True)
class Contents:
    """What a batch holds that counts, by how it is counted; what does not; what was dropped."""

    records: list[Admitted[UsageEvent]] = field(default_factory=list)
    responses: list[Admitted[UsageEvent]] = field(default_factory=list)
    deltas: list[Admitted[DeltaPoint]] = field(default_factory=list)
    marks: list[Admitted[CumulativePoint]] = field(default_factory=list)
    statements: list[Admitted[Statement]] = field(default_factory=list)
    days: list[DayStated] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    dropped: int = 0

    @property
    def size(self) -> int:
        """How many items count."""
        return len(self.admitted)

    @property
    def admitted(self) -> list[Admitted[Any]]:
        """All that counts, once each."""
        return [*self.records, *self.responses, *self.deltas, *self.marks, *self.statements]

    def keep(self, entry: Admitted[Any]) -> None:
        """Put some work beside what is counted in the same way."""
        work = entry.work
        if isinstance(work, UsageEvent):
            (self.responses if work.keyed_by == "id" else self.records).append(entry)
        elif isinstance(work, DeltaPoint):
            self.deltas.append(entry)
        elif isinstance(work, CumulativePoint):
            self.marks.append(entry)
        else:
            self.statements.append(entry)


@dataclass(frozen=True, slots=True)
class Window:
    """When that must have happened which is sent at a moment: seconds of the epoch, inclusive."""

    at: datetime
    earliest: int
    latest: int

    @classmethod
    def around(cls, at: datetime) -> "Window":
        """Return the window of a moment: from the retention until a few minutes ahead."""
        earliest = at - timedelta(days=settings.RETENTION_DAYS)
        return cls(at, int(earliest.timestamp()), int((at + AHEAD).timestamp()))

    def refusal(self, day: date, as_of: datetime | None) -> str:
        """Return why a day, cut in whatever zone, or the moment it was stated does not count."""
        noon, half = _noon_of(day), _DAY_SECONDS // 2
        if noon + half <= self.earliest:
            return "too_old"
        if noon - half > self.latest + int(_ZONES.total_seconds()):
            return "in_future"
        return "in_future" if as_of is not None and as_of > self.at + AHEAD else ""


@dataclass(slots=True)
class Admission:
    """What one call of `ingest` knows of its source; `subject` is whose usage it is said to be."""

    source: SourceView
    subject: int | None
    at: datetime
    _naming: Naming = field(init=False)
    _rules: HeadlessRules = field(init=False)
    _window: "Window" = field(init=False)
    _days: dict[int, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what holds for the whole call."""
        self._naming = Naming(self.source, self.owner, self.at)
        self._rules = HeadlessRules.load()
        self._window = Window.around(self.at)

    @property
    def owner(self) -> int | None:
        """The one subject that may be reported, if there is only one."""
        return self.source.subject if self.source.subject is not None else self.subject

    def admit(self, batch: Sequence[Reported]) -> Contents:
        """Split a batch into what counts, by how it is counted, and what does not."""
        contents = Contents()
        events = [each for each in batch if isinstance(each, UsageEvent)]
        if len(events) < len(batch):
            self._admit_others([e for e in batch if not isinstance(e, UsageEvent)], contents)
        admitted = self._admit(events, _second_of_event, contents.rejected)
        contents.responses = [entry for entry in admitted if entry.work.keyed_by == "id"]
        contents.records = admitted
        if contents.responses:
            contents.records = [e for e in admitted if e.work.keyed_by == "id_and_time"]
        return contents

    def _admit_others(self, batch: Sequence[Reported], contents: Contents) -> None:
        """Admit what is no event."""
        deltas = [each for each in batch if isinstance(each, DeltaPoint)]
        contents.deltas = self._admit(deltas, _second_of_point, contents.rejected)
        marks = [each for each in batch if isinstance(each, CumulativePoint)]
        contents.marks = self._admit(marks, _second_of_point, contents.rejected)
        statements = [each for each in batch if isinstance(each, Statement)]
        contents.statements = self._admit_statements(statements, contents.rejected)
        for each in batch:
            if isinstance(each, Rejected):
                contents.rejected.append(each)
            elif isinstance(each, Dropped):
                contents.dropped += each.count
            elif isinstance(each, DayStated):
                self._admit_day(each, contents)

    def _admit(
        self, works: Sequence[W], second_of: Callable[[Any], int], rejected: list[Rejected]
    ) -> list[Admitted[W]]:
        """Return the events or points that count; the others go to `rejected`."""
        # A counter that names no tool is the general one, which any program may send.
        nameless = OTHER if second_of is _second_of_point else ""
        named = _with_tool(works, self.source.tool or nameless)
        timed = _in_time(named, second_of, self._window, rejected)
        self._resolve([work for work, _ in timed])
        whose, days, admitted = self._naming.of, self._days, []
        for work, seconds in timed:
            who = _settled(work) or whose(work.identity, work.identity_kind)
            if isinstance(who, str):
                rejected.append(_refused(work, who))
                continue
            day = days.get(seconds // _QUARTER_SECONDS) or self._day(seconds)
            lane = work.is_automation or who.is_service
            if work.entrypoint and not lane:
                lane = self._rules.is_headless(work.tool, work.entrypoint)
            admitted.append(Admitted(work, who.subject, lane, seconds, day))
        return admitted

    def _admit_statements(
        self, statements: Sequence[Statement], rejected: list[Rejected]
    ) -> list[Admitted[Statement]]:
        """Return the statements that count; the others go to `rejected`."""
        timely = []
        for work in _with_tool(statements, self.source.tool):
            if code := self._window.refusal(work.day, work.as_of):
                rejected.append(_refused(work, code))
            else:
                timely.append(work)
        self._resolve(timely)
        admitted = []
        for work in timely:
            who = self._naming.of_statement(work.identity, work.identity_kind)
            if isinstance(who, str):
                rejected.append(_refused(work, who))
                continue
            lane = self._lane(work, who)
            admitted.append(Admitted(work, who.subject, lane, _noon_of(work.day), work.day))
        return admitted

    def _admit_day(self, stated: DayStated, contents: Contents) -> None:
        code = self._window.refusal(stated.day, stated.as_of)
        if code:
            contents.rejected.append(Rejected(stated.line, code, _REFUSALS[code], stated.part))
        else:
            contents.days.append(stated)

    def _lane(self, work: UsageEvent | Point | Statement, who: SubjectRef) -> bool:
        """Tell whether work was reported as automation."""
        if work.is_automation or who.is_service:
            return True
        return bool(work.entrypoint) and self._rules.is_headless(work.tool, work.entrypoint)

    def _resolve(self, works: Collection[UsageEvent | Point | Statement]) -> None:
        self._naming.resolve(
            {(work.identity, work.identity_kind) for work in works if work.identity is not None}
        )

    def _day(self, seconds: int) -> date:
        day = clock.day_of(datetime.fromtimestamp(seconds, tz=UTC))
        self._days[seconds // _QUARTER_SECONDS] = day
        return day


def _in_time(
    works: Sequence[W],
    second_of: Callable[[Any], int],
    window: Window,
    rejected: list[Rejected],
) -> list[tuple[W, int]]:
    """Return what lies in the window with its second: who did the rest is never asked."""
    earliest, latest = window.earliest, window.latest
    timed = []
    for work in works:
        seconds = second_of(work)
        if earliest <= seconds <= latest:
            timed.append((work, seconds))
        else:
            rejected.append(_refused(work, "too_old" if seconds < earliest else "in_future"))
    return timed


def _with_tool(works: Sequence[W], tool: str) -> Sequence[W]:
    """Let what names no tool be of the source's, if it has one."""
    if not tool:
        return works
    return [work if work.tool else msgspec.structs.replace(work, tool=tool) for work in works]


def _second_of_event(event: UsageEvent) -> int:
    return int(event.at.timestamp())


def _second_of_point(point: Point) -> int:
    return point.time // _NANOSECONDS


def _noon_of(day: date) -> int:
    """Return the second in which a day is half over in UTC: it stands for the whole day."""
    return int(datetime.combine(day, time(12), tzinfo=UTC).timestamp())


def _settled(work: UsageEvent | Point | Statement) -> SubjectRef | None:
    """Return whose work it is, where this code base itself has said so."""
    subject = work.subject if isinstance(work, UsageEvent) else None
    return None if subject is None else SubjectRef(subject, is_service=False)


def _refused(work: UsageEvent | Point | Statement, code: str) -> Rejected:
    return Rejected(work.line, code, _REFUSALS[code], work.part)
