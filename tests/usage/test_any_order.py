"""All semantics at once, on the database: any interleaving, overlap and replay, one truth."""

from datetime import timedelta
from itertools import count

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.pseudonyms import queries as pseudonyms
from apps.pseudonyms.identities import Identity, Kind
from apps.usage import actions
from apps.usage.formats import BUCKETS, DayStated, Outcome, UsageEvent
from apps.usage.models import DayOutcome, DayTotal, Session, Source, TouchedSubject
from tests.usage.events import AT, delta, event, mark, reading, source, statement

pytestmark = pytest.mark.django_db

PEOPLE, SOURCES = 2, 3
numbers = count()
who = st.integers(0, PEOPLE - 1)
minutes = st.integers(0, 60).map(lambda number: number * 40)
size = st.integers(0, 5).map(lambda number: number * 37)
measures = st.sampled_from([*BUCKETS[:2], BUCKETS[4], "reported_cost_micros", Outcome.COMMITS])
tools = st.sampled_from(["claude-code", "codex"])


@st.composite
def events(draw):
    at = AT - timedelta(minutes=draw(minutes))
    given = {"at": at, "output_tokens": draw(size), "session": draw(st.sampled_from("st"))}
    if draw(st.booleans()):
        return event(draw(st.integers(1, 4)), identity=str(draw(who)), tool=draw(tools), **given)
    name, request = draw(st.sampled_from(["m1", "m2"])), draw(st.sampled_from(["r1", "r2"]))
    return reading(name, request=request, is_replay=draw(st.booleans()), identity="0", **given)


@st.composite
def deltas(draw):
    person, measure, minute = draw(who), draw(measures), draw(minutes)
    # What a point says follows from its place: a sender tells one thing once.
    value = 7 * (minute + person + 1)
    return delta(
        minute, identity=str(person), measure=measure, value=value, series=f"d{person}{measure}"
    )


@st.composite
def marks(draw):
    person, measure, minute = draw(who), draw(measures), draw(minutes)
    value = (minute * 7919 + person) % 501
    return mark(
        minute,
        identity=str(person),
        measure=measure,
        value=value,
        series=f"c{person}{measure}",
        start=0,
    )


@st.composite
def statements(draw):
    hour, number = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    return statement(
        number,
        identity=str(number % PEOPLE),
        as_of=AT - timedelta(hours=9 - hour),
        output_tokens=draw(size),
        events=draw(st.integers(0, 2)),
        outcomes=draw(st.dictionaries(st.sampled_from(["commits", "sessions"]), size)),
    )


@st.composite
def days(draw):
    as_of = AT - timedelta(hours=9 - draw(st.integers(0, 4)))
    return DayStated(line=1, report="vendor-daily", day=AT.date() - timedelta(days=1), as_of=as_of)


told = st.tuples(
    st.integers(0, SOURCES - 1), st.one_of(events(), deltas(), marks(), statements(), days())
)


class World:
    """People and sources of their own, so that two courses of the same reports stay apart."""

    def __init__(self):
        self.number = next(numbers)
        self.sources = [source(f"{letter}-{self.number}") for letter in "abc"]
        Source.objects.filter(pk=self.sources[1].id).update(precedence=50)
        self.subjects = {}

    def take(self, where, reported, **given):
        mine = [self.own(each) for each in reported]
        return actions.ingest(source=self.sources[where], events=mine, at=AT, **given)

    def own(self, each):
        if isinstance(each, DayStated):
            return each
        changes = {"identity": self.address(int(each.identity))}
        if isinstance(each, UsageEvent) and each.keyed_by == "id":
            changes["id"] = f"{each.id} of {self.number}"
        return msgspec.structs.replace(each, **changes)

    def address(self, person):
        return f"p{person}-{self.number}@corp.example"

    def rows(self):
        identities = {Identity(Kind.EMAIL, self.address(p)): p for p in range(PEOPLE)}
        known = pseudonyms.known_subjects(list(identities))
        people = {ref.subject: identities[each] for each, ref in known.items()}
        sources = {each.id: place for place, each in enumerate(self.sources)}

        def named(table, *columns):
            found = table.objects.filter(subject__in=people).values_list(
                "subject", "source_id", "signal", "is_counted", *columns
            )
            # That nothing was said of costs, and that they were nothing, is the same here.
            return sorted(
                (people[row[0]], sources.get(row[1], -1), *row[2:4], *(c or 0 for c in row[4:]))
                for row in found
            )

        costs = ("cost_micros", "reported_cost_micros")
        return (
            named(DayTotal, "day", "kind_id", "is_automation", "events", *BUCKETS, *costs),
            named(DayOutcome, "day", "tool", "outcome", "value"),
            named(Session, "first_at", "last_at", "active_seconds", "total_tokens"),
        )


def ordered(pair):
    """Return a place in one order of all that is told, which no sender keeps."""
    where, each = pair
    return type(each).__name__, where, repr(each)


class TestAnyOrder:
    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(told, min_size=1, max_size=20), st.data())
    @transaction.atomic
    def test_it_comes_to_the_rows_of_one_sorted_pass(self, pairs, data):
        pairs = settled(pairs)
        truth, course = World(), World()
        for pair in sorted(pairs, key=ordered):
            truth.take(pair[0], [pair[1]])
        mixed = data.draw(st.permutations([*pairs, *data.draw(st.lists(st.sampled_from(pairs)))]))
        while mixed:
            where = mixed[0][0]
            length = data.draw(st.integers(1, len(mixed)))
            batch = [each for source_of, each in mixed[:length] if source_of == where]
            found = course.take(where, batch, batch_size=data.draw(st.integers(1, 9)))
            counted = [each for each in batch if not isinstance(each, DayStated)]
            assert found.accepted + found.duplicates == len(counted)
            mixed = [pair for pair in mixed[:length] if pair[0] != where] + mixed[length:]
        assert course.rows() == truth.rows()
        again = sum(course.take(where, [each]).accepted for where, each in pairs)
        assert again == 0
        assert course.rows() == truth.rows()

    def test_no_token_is_lost_and_none_counts_twice(self):
        world = World()
        for where in range(SOURCES):
            world.take(where, [event(1, identity="0"), event(2, identity="1", tool="codex")])
            world.take(where, [delta(3, identity="0"), statement(1, identity="0", day=AT.date())])
        groups = {}
        for row in DayTotal.objects.select_related("kind"):
            groups.setdefault((row.subject, row.day, row.kind.tool), []).append(row)
        for rows in groups.values():
            feeds = {(row.source_id, row.signal) for row in rows if row.is_counted}
            assert len(feeds) == 1
        assert TouchedSubject.objects.count() == PEOPLE


def settled(pairs):
    """
    Keep of each record the first that is told of it: its sender tells it one way only.

    A response that two sources tell alike is of the one that came first: keep one of them.
    """
    first = {}
    for where, each in pairs:
        if isinstance(each, UsageEvent) and each.keyed_by == "id_and_time":
            key = (where, each.id, each.at)
        elif isinstance(each, UsageEvent):
            key = repr(each)
        else:
            key = (where, repr(each))
        first.setdefault(key, (where, each))
    return list(first.values())
