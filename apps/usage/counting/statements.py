"""
Statements: sums of a day that somebody else worked out, and works out anew.

The latest version of each is kept whole, so that the next can replace it to the
token. One that became void stays, with nothing in it, as of when it became so:
then an old version that comes late finds something later than itself. A
statement counts for whom, and as what, its first version did.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from apps.pseudonyms import queries as pseudonyms
from apps.usage import digests, prices, storage
from apps.usage.admission import Admitted
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.tally import NOTHING, Counts, Tally, counts_of
from apps.usage.formats import DayStated, Statement
from apps.usage.models import Signal, Stated, StatedDay
from apps.usage.rules import statements
from apps.usage.storage.targets import STATED, STATED_DAYS

_MOST_PARAMETERS = 20_000
_SIGNAL = int(Signal.STATEMENT)

ReportDay = tuple[str, date]


class Told(msgspec.Struct, frozen=True, gc=False):
    """One version of a statement: the row of `Stated`."""

    digest: bytes
    source_id: int
    report: str
    subject: int
    day: date
    kind_id: int
    is_automation: bool
    as_of: datetime
    events: int
    counts: Counts
    cost: int | None
    reported_cost: int | None
    outcomes: tuple[tuple[str, int], ...]

    @property
    def figures(self) -> tuple[Any, ...]:
        """What it says; the price that we put on it is not part of that."""
        return self.day, self.counts, self.events, self.reported_cost or 0, self.outcomes

    @property
    def rank(self) -> tuple[Any, ...]:
        """What decides between two versions."""
        return self.as_of, sum(self.counts), self.figures

    @property
    def row(self) -> tuple[Any, ...]:
        """The version as it is stored."""
        return (
            self.digest,
            self.source_id,
            self.report,
            self.subject,
            self.day,
            self.kind_id,
            self.is_automation,
            self.as_of,
            self.events,
            *self.counts,
            self.cost,
            self.reported_cost,
            json.dumps(dict(self.outcomes), separators=(",", ":")),
        )

    def emptied(self, as_of: datetime) -> "Told":
        """Return it with nothing in it, as of when it became void."""
        return msgspec.structs.replace(
            self, as_of=as_of, events=0, counts=NOTHING, cost=None, reported_cost=None, outcomes=()
        )


def count(  # noqa: PLR0913 - what was stated, where it counts, and when it came
    entries: Sequence[Admitted[Statement]],
    days: Sequence[DayStated],
    tally: Tally,
    *,
    source_id: int,
    kinds: Kinds,
    at: datetime,
) -> None:
    """
    Replace what was stated before; new is what tells something else than was known.

    The caller holds the lock of the source's statements.
    """
    complete, moved = _complete(entries, days, source_id)
    told = [_told(entry, source_id, kinds, at) for entry in entries]
    before = _stored({each.digest for each in told})
    for report_day in moved:
        before |= _voided(source_id, report_day, complete[report_day])
    after = dict(before)
    for each in told:
        if _settle(each, after, complete.get((each.report, each.day))):
            tally.accepted += 1
            tally.unpriced += each.cost is None and any(each.counts)
    for digest, version in after.items():
        as_of = complete.get((version.report, version.day))
        if as_of is not None and statements.is_void(version, as_of):
            after[digest] = version.emptied(as_of)
    changed = {digest: new for digest, new in after.items() if before.get(digest) != new}
    for digest, new in changed.items():
        _replace(tally, before.get(digest), new, kinds)
    storage.put(STATED, [changed[digest].row for digest in sorted(changed)])


def _settle(told: Told, versions: dict[bytes, Told], complete_as_of: datetime | None) -> bool:
    """Keep the version that counts, and tell whether this one says something new."""
    stored = versions.get(told.digest)
    if stored is not None:
        told = msgspec.structs.replace(
            told,
            subject=stored.subject,
            kind_id=stored.kind_id,
            is_automation=stored.is_automation,
        )
    if statements.latest(stored, told, complete_as_of) is not told:
        return False
    versions[told.digest] = told
    return stored is None or stored.figures != told.figures


def _replace(tally: Tally, old: Told | None, new: Told, kinds: Kinds) -> None:
    """Take the old version's figures off, and add the new one's."""
    for told, sign in ((old, -1), (new, 1)):
        if told is None:
            continue
        place = (
            told.subject,
            told.day,
            told.source_id,
            told.kind_id,
            told.is_automation,
            _SIGNAL,
        )
        if any(told.counts) or told.events or told.reported_cost:
            tally.add(
                place, told.counts, told.cost, told.reported_cost, events=told.events, sign=sign
            )
        tool = kinds.key(told.kind_id)[0]
        for outcome, value in told.outcomes:
            tally.add_measured(place, tool, outcome, sign * value, None)


def _told(entry: Admitted[Statement], source_id: int, kinds: Kinds, at: datetime) -> Told:
    work = entry.work
    key = pseudonyms.usage_digest_key()
    counts = counts_of(work)
    rates = prices.rates_at(work.provider, work.model, entry.seconds) if any(counts) else None
    return Told(
        digest=digests.statement_digest(source_id, work.report, work.key, key=key),
        source_id=source_id,
        report=work.report,
        subject=entry.subject,
        day=work.day,
        kind_id=kinds.of(entry),
        is_automation=entry.is_automation,
        as_of=(work.as_of or at).astimezone(UTC),
        events=work.events,
        counts=counts,
        cost=prices.cost_of_sums(rates, counts),
        reported_cost=work.reported_cost_micros,
        outcomes=tuple(
            sorted((str(name), value) for name, value in work.outcomes.items() if value)
        ),
    )


def _complete(
    entries: Iterable[Admitted[Statement]], days: Sequence[DayStated], source_id: int
) -> tuple[dict[ReportDay, datetime], set[ReportDay]]:
    """Return as of when each of the reports' days is complete, and which are so anew."""
    wanted = {(entry.work.report, entry.work.day) for entry in entries}
    wanted |= {(stated.report, stated.day) for stated in days}
    rows = StatedDay.objects.filter(
        source=source_id,
        report__in={report for report, _ in wanted},
        day__in={day for _, day in wanted},
    ).values_list("report", "day", "as_of")
    complete = {(report, day): as_of for report, day, as_of in rows}
    moved = set()
    for stated in days:
        place, as_of = (stated.report, stated.day), stated.as_of.astimezone(UTC)
        if place not in complete or complete[place] < as_of:
            complete[place] = as_of
            moved.add(place)
    storage.put(STATED_DAYS, [(source_id, *place, complete[place]) for place in sorted(moved)])
    return complete, moved


def _stored(wanted: set[bytes]) -> dict[bytes, Told]:
    """Return the versions that are stored."""
    found: dict[bytes, Told] = {}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _MOST_PARAMETERS):
        some = ordered[start : start + _MOST_PARAMETERS]
        found |= _read(Stated.objects.filter(digest__in=some).values_list(*_COLUMNS).iterator())
    return found


def _voided(source_id: int, report_day: ReportDay, as_of: datetime) -> dict[bytes, Told]:
    """Return the versions of a day that were stated before it was complete."""
    report, day = report_day
    rows = Stated.objects.filter(source=source_id, report=report, day=day, as_of__lt=as_of)
    return _read(rows.values_list(*_COLUMNS).iterator())


def _read(rows: Iterable[tuple[Any, ...]]) -> dict[bytes, Told]:
    found = {}
    for digest, source_id, report, subject, day, kind_id, lane, as_of, events, *rest in rows:
        counts, (cost, reported, outcomes) = tuple(rest[:5]), rest[5:]
        where = (bytes(digest), source_id, report, subject, day, kind_id, lane, as_of)
        found[where[0]] = Told(
            *where, events, counts, cost, reported, tuple(sorted(_mapping(outcomes).items()))
        )
    return found


def _mapping(outcomes: Any) -> Mapping[str, int]:
    found: Mapping[str, int] = json.loads(outcomes) if isinstance(outcomes, str) else outcomes
    return found


_COLUMNS = tuple(STATED.columns)
