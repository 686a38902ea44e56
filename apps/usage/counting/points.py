"""
Points of counters: what was added counts once, and of how far one has come, the difference.

Where a counter counts (whose it is, its kind of work and lane) is settled when
it is first seen; every later point follows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

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
from apps.usage.rules.streams import Gap, Mark
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
        _add(tally, kinds, counter, entry.seconds, entry.day, entry.work.value)


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
    rows: list[tuple[bytes, int, int]] = []
    for digest, gap, some in _gaps(marks):
        counter = counters[digest]
        for change in streams.changes(gap, some):
            seconds = change.time // _SECOND
            day = clock.day_of(datetime.fromtimestamp(seconds, tz=UTC))
            _add(tally, kinds, counter, seconds, day, change.after, change.before)
        rows.extend((digest, mark.time, mark.value) for mark in some)
        tally.accepted += len(some)
        tally.seconds.extend(mark.time // _SECOND for mark in some)
    storage.put(STREAM_POINTS, sorted(rows))


def _gaps(marks: dict[bytes, dict[int, int]]) -> Iterable[tuple[bytes, Gap, list[Mark]]]:
    """Yield the new marks of each counter, by the stored neighbours between which they fall."""
    gaps: dict[tuple[bytes, Gap], list[Mark]] = defaultdict(list)
    wanted = sorted((digest, time) for digest, some in marks.items() for time in some)
    for (digest, time), lower, upper in storage.neighbours(wanted):
        if upper is not None and upper[0] == time:
            continue
        gap = Gap(lower and Mark(*lower), upper and Mark(*upper))
        gaps[digest, gap].append(Mark(time, marks[digest][time]))
    for (digest, gap), some in gaps.items():
        yield digest, gap, some


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


def _add(  # noqa: PLR0913 - a change of a counter, and where it counts
    tally: Tally,
    kinds: Kinds,
    counter: Counter,
    seconds: int,
    day: date,
    after: int,
    before: int = 0,
) -> None:
    """Add what a counter gives at a moment, and take away what it gave before."""
    if after == before:
        return
    tool, provider, model = kinds.key(counter.kind_id)
    rates = prices.rates_at(provider, model, seconds) if counter.measure in BUCKETS else None
    place = (
        counter.subject,
        day,
        counter.source_id,
        counter.kind_id,
        counter.is_automation,
        _SIGNAL,
    )
    if rates is None and before == 0 and counter.measure in BUCKETS:
        tally.unpriced += 1
    for amount in (-before, after):
        if amount:
            cost = prices.cost_of_sums(rates, counts_in(counter.measure, abs(amount)))
            tally.add_measured(place, tool, counter.measure, amount, cost)
