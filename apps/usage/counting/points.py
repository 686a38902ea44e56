"""
Points of counters: what was added counts once, and of how far one has come, the difference.

Where a counter counts (whose it is, its kind of work and lane) is settled when
it is first seen; every later point follows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec

from apps.common import clock
from apps.pseudonyms import queries as pseudonyms
from apps.usage import digests, prices, storage
from apps.usage.admission import Admitted
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.tally import Tally, counts_in
from apps.usage.formats import BUCKETS, CumulativePoint, DeltaPoint
from apps.usage.models import Signal, Stream
from apps.usage.rules import streams
from apps.usage.rules.streams import Change, Gap, Mark
from apps.usage.storage.targets import SEEN, STREAM_POINTS, STREAMS

_SECOND = 10**9
_MOST_PARAMETERS = 20_000
_SIGNAL = int(Signal.METRIC)


class Counter(msgspec.Struct, frozen=True, gc=False):
    """Where a counter counts."""

    subject: int
    source_id: int
    kind_id: int
    is_automation: bool
    measure: str


class Counted(NamedTuple):
    """On which day, and at which price in micro-dollars, a point counts."""

    day: date | None
    cost: int | None


_NOWHERE = Counted(None, None)


def count_deltas(
    entries: Sequence[Admitted[DeltaPoint]], tally: Tally, *, source_id: int, kinds: Kinds
) -> None:
    """Add the points that are new to the tally."""
    begun = digests.points_of(source_id, key=pseudonyms.usage_digest_key())
    by_digest: dict[bytes, Admitted[DeltaPoint]] = {}
    for entry in entries:
        point = entry.work
        digest = digests.point_digest(begun, point.series, point.start, point.time)
        by_digest.setdefault(digest, entry)
    new = storage.put_new(SEEN, [(digest,) for digest in sorted(by_digest)])
    for digest in new:
        entry = by_digest[digest]
        counter = _counter(entry, source_id, kinds)
        tally.accepted += 1
        tally.seconds.append(entry.seconds)
        value = entry.work.value
        if value:
            cost = _cost(kinds, counter, entry.seconds, value)
            _add(tally, kinds, counter, entry.day, value, cost)
            tally.unpriced += cost is None and counter.measure in BUCKETS


def count_marks(
    entries: Sequence[Admitted[CumulativePoint]], tally: Tally, *, source_id: int, kinds: Kinds
) -> None:
    """Add what the new points of counters change."""
    key = pseudonyms.usage_digest_key()
    marks: dict[bytes, dict[int, int]] = defaultdict(dict)
    first: dict[bytes, Admitted[CumulativePoint]] = {}
    for entry in entries:
        point = entry.work
        digest = digests.stream_digest(source_id, point.series, point.start, key=key)
        first.setdefault(digest, entry)
        marks[digest].setdefault(point.time, point.value)
    counters = _counters(first, marks, source_id, kinds)
    rows: list[tuple[bytes, int, int, date, int | None]] = []
    for digest, gap, some, stood in _gaps(marks):
        values = dict((*some, gap.upper or some[0]))
        for change in streams.changes(gap, some):
            is_upper = gap.upper is not None and change.time == gap.upper.time
            old = stood if is_upper else _NOWHERE
            day, cost = _recount(tally, kinds, counters[digest], change, old)
            rows.append((digest, change.time, values[change.time], day, cost))
        tally.accepted += len(some)
        tally.seconds.extend(mark.time // _SECOND for mark in some)
    storage.put(STREAM_POINTS, sorted(rows))


def _recount(
    tally: Tally, kinds: Kinds, counter: Counter, change: Change, old: Counted
) -> tuple[date, int | None]:
    """
    Take off what a point gave, add what it gives now, and return where and at which price.

    It stays on the day on which it counted first, and what is taken off is what was added,
    whatever became of the zone and the prices since: so no sum falls below zero.
    """
    seconds = change.time // _SECOND
    day = old.day or clock.day_of(datetime.fromtimestamp(seconds, tz=UTC))
    if change.before:
        cost = old.cost if old.day else _cost(kinds, counter, seconds, change.before)
        _add(tally, kinds, counter, day, -change.before, cost)
    cost = _cost(kinds, counter, seconds, change.after)
    if change.after:
        _add(tally, kinds, counter, day, change.after, cost)
        tally.unpriced += cost is None and not change.before and counter.measure in BUCKETS
    return day, cost


def _gaps(
    marks: dict[bytes, dict[int, int]],
) -> Iterable[tuple[bytes, Gap, list[Mark], Counted]]:
    """
    Yield the new marks of each counter, by the stored neighbours between which they fall.

    With each comes where the upper neighbour counted until now.
    """
    gaps: dict[tuple[bytes, Gap, Counted], list[Mark]] = defaultdict(list)
    wanted = sorted((digest, time) for digest, some in marks.items() for time in some)
    for (digest, time), lower, upper in storage.neighbours(wanted):
        if upper is not None and upper[0] == time:
            continue
        gap = Gap(lower and Mark(*lower), upper and Mark(*upper[:2]))
        stood = Counted(*upper[2:]) if upper else _NOWHERE
        gaps[digest, gap, stood].append(Mark(time, marks[digest][time]))
    for (digest, gap, stood), some in gaps.items():
        yield digest, gap, some, stood


def _counters(
    first: dict[bytes, Admitted[CumulativePoint]],
    marks: dict[bytes, dict[int, int]],
    source_id: int,
    kinds: Kinds,
) -> dict[bytes, Counter]:
    """Return where each counter counts, new ones as they are told now; all are locked."""
    counters = {digest: _counter(first[digest], source_id, kinds) for digest in sorted(first)}
    rows = []
    for digest, each in counters.items():
        last_at = datetime.fromtimestamp(max(marks[digest]) // _SECOND, tz=UTC)
        where = (each.subject, source_id, each.kind_id, each.is_automation, each.measure)
        rows.append((digest, *where, last_at))
    new = storage.put_new(STREAMS, rows)
    known = [row for row in rows if row[0] not in new]
    # Updating locks: nobody else finds places between these counters' points meanwhile.
    storage.put(STREAMS, known)
    columns = ("digest", "subject", "source_id", "kind_id", "is_automation", "measure")
    for start in range(0, len(known), _MOST_PARAMETERS):
        some = [row[0] for row in known[start : start + _MOST_PARAMETERS]]
        for digest, *where in Stream.objects.filter(digest__in=some).values_list(*columns):
            counters[bytes(digest)] = Counter(*where)
    return counters


def _counter(
    entry: Admitted[DeltaPoint] | Admitted[CumulativePoint], source_id: int, kinds: Kinds
) -> Counter:
    measure = str(entry.work.measure)
    return Counter(entry.subject, source_id, kinds.of(entry), entry.is_automation, measure)


def _cost(kinds: Kinds, counter: Counter, seconds: int, value: int) -> int | None:
    """Return what so much of a counter costs at the prices of a moment, None if unknown."""
    if counter.measure not in BUCKETS:
        return None
    _, provider, model = kinds.key(counter.kind_id)
    rates = prices.rates_at(provider, model, seconds)
    return prices.cost_of_sums(rates, counts_in(counter.measure, value))


def _add(  # noqa: PLR0913 - an amount of a counter, and where it counts
    tally: Tally, kinds: Kinds, counter: Counter, day: date, amount: int, cost: int | None
) -> None:
    """Add an amount of a counter on a day, or take it away."""
    where = (counter.subject, day, counter.source_id, counter.kind_id, counter.is_automation)
    tool = kinds.key(counter.kind_id)[0]
    tally.add_measured((*where, _SIGNAL), tool, counter.measure, amount, cost)
