"""The rules of counting by themselves: any order, overlap and revision comes to the truth."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from apps.usage.rules import precedence, statements, streams
from apps.usage.rules.precedence import Feed
from apps.usage.rules.streams import Gap, Mark

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def climbs(values):
    """Work out anew what a counter adds at each of its marks, once all are known."""
    found = []
    for before, after in pairwise([0, *values]):
        found.append(after - before if after >= before else after)
    return found


class Ledger:
    """What a counter has added, kept by the rule alone."""

    def __init__(self):
        self.known: dict[int, int] = {}
        self.added: dict[int, int] = {}

    def take(self, marks):
        gaps: dict[Gap, list[Mark]] = {}
        for mark in set(marks):
            if mark.time in self.known:
                continue
            lower = max((time for time in self.known if time < mark.time), default=None)
            upper = min((time for time in self.known if time > mark.time), default=None)
            gap = Gap(self.mark(lower), self.mark(upper))
            gaps.setdefault(gap, []).append(mark)
        for gap, some in gaps.items():
            for change in streams.changes(gap, some):
                assert self.added.get(change.time, 0) == change.before
                self.added[change.time] = change.after
            self.known.update(some)

    def mark(self, time):
        return None if time is None else Mark(time, self.known[time])


values = st.lists(st.integers(0, 50), min_size=1, max_size=12)


class TestCounters:
    @given(values, st.data())
    def test_any_order_overlap_and_partition_comes_to_the_same(self, values, data):
        marks = [Mark(10 * number, value) for number, value in enumerate(values)]
        batches = data.draw(st.lists(st.lists(st.sampled_from(marks), max_size=8), max_size=6))
        ledger = Ledger()
        for batch in [*batches, data.draw(st.permutations(marks))]:
            ledger.take(batch)
        assert list(dict(sorted(ledger.added.items())).values()) == climbs(values)

    @given(values)
    def test_nothing_that_is_added_is_negative(self, values):
        ledger = Ledger()
        for number, value in enumerate(values):
            ledger.take([Mark(-number, value)])
            assert min(ledger.added.values()) >= 0

    @given(st.lists(st.integers(0, 50), min_size=1).map(sorted))
    def test_a_counter_that_only_climbs_adds_up_to_where_it_stands(self, values):
        ledger = Ledger()
        ledger.take([Mark(number, value) for number, value in enumerate(values)])
        assert sum(ledger.added.values()) == values[-1]


class Told(NamedTuple):
    """A statement's version, made up."""

    hour: int
    total: int

    @property
    def as_of(self):
        return NOON + timedelta(hours=self.hour)

    @property
    def rank(self):
        return self.as_of, self.total


versions = st.lists(st.builds(Told, st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=6)
hours = st.lists(st.integers(0, 6), max_size=3)


class TestStatements:
    @given(versions, hours, st.data())
    def test_any_order_leaves_the_latest_or_nothing(self, versions, hours, data):
        mixed = data.draw(st.permutations([*versions, *versions, *hours]))
        stored, complete = None, None
        for each in mixed:
            if isinstance(each, int):
                moment = NOON + timedelta(hours=each)
                complete = max(complete or moment, moment)
                if stored is not None and statements.is_void(stored, complete):
                    stored = Told(each, 0)
            else:
                found = statements.latest(stored, each, complete)
                stored = found if found is not None else stored
        best = max(versions, key=lambda each: each.rank)
        is_void = bool(hours) and best.hour < max(hours)
        left = stored.total if stored is not None else 0
        assert left == (0 if is_void else best.total)


feeds = st.builds(
    Feed,
    st.integers(0, 2),
    st.sampled_from([1, 2, 3, 4]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["", "g"]),
).map(lambda feed: feed._replace(is_shared=feed.signal == 2))
told = st.lists(st.tuples(feeds, st.booleans()), min_size=1, max_size=8)


class TestPrecedence:
    @given(told, st.data())
    def test_one_feed_counts_whatever_the_order(self, told, data):
        name = precedence.of_work(told)
        assert name in {feed.name for feed, _ in told}
        assert precedence.of_work(data.draw(st.permutations([*told, *told]))) == name
        feeds = [feed for feed, _ in told]
        assert precedence.of_session(data.draw(st.permutations(feeds))) == precedence.of_session(
            feeds
        )

    @given(told)
    def test_who_tells_of_work_counts_before_who_tells_of_none(self, told):
        working = {feed.name for feed, tells_work in told if tells_work}
        assert not working or precedence.of_work(told) in working

    def test_a_group_stands_where_its_foremost_does(self):
        first, second, other = Feed(1, 4, "a", "g"), Feed(9, 4, "b", "g"), Feed(2, 1, "c")
        assert precedence.of_work([(first, True), (second, True), (other, True)]) == second.name

    def test_signals_of_one_source_are_feeds_of_their_own(self):
        assert Feed(1, 1, "a").name != Feed(1, 3, "a").name

    def test_a_source_named_like_a_group_is_none_of_it(self):
        assert Feed(1, 1, "g").name != Feed(1, 1, "a", "g").name
