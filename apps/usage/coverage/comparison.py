"""
Comparing feeds that told of the same work, without telling of anybody alone. Pure.

The atom is a group: the people of whom, on one day and for one tool, exactly the
same feeds told. A group is shown if it is large enough and nobody in it makes up
more than half of a figure; otherwise it goes into no figure at all. Every row,
of a day, of a week or of a pair of feeds, is a sum of whole groups that are
shown. So whatever is added or subtracted, what comes out is again about groups.
Services are groups of their own, which are always shown: they are nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Literal, TypeVar

from apps.usage.formats import BUCKETS

Period = Literal["day", "week"]
K = TypeVar("K")
_MOST_SHARE = 2
"""Nobody may make up more than one part of so many."""


@dataclass(frozen=True, slots=True, order=True)
class Feed:
    """A way in which usage was told: a source's or group's name, and how it speaks."""

    name: str
    signal: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one feed told of one person's day with a tool; costs only of what bears both."""

    feed: Feed
    is_counted: bool
    tokens: tuple[int, ...]
    cost_micros: int | None = None
    reported_cost_micros: int | None = None


@dataclass(frozen=True, slots=True)
class PersonDay:
    """Everything that was told of one person's, or one service's, day with a tool."""

    tool: str
    told: Sequence[Told]
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures for the same work: `amount` is the second less the first."""

    counted: int
    cross_check: int

    @property
    def amount(self) -> int:
        """By how much the cross-check is larger."""
        return self.cross_check - self.counted

    @property
    def per_mille(self) -> int | None:
        """The difference in thousandths of what counts, cut; None where nothing counts."""
        if not self.counted:
            return None
        thousandths = abs(self.amount) * 1000 // self.counted
        return thousandths if self.amount >= 0 else -thousandths


@dataclass(frozen=True, slots=True)
class Disagreement:
    """
    A feed that counts, one that does not, and what each said of the same person-days.

    `buckets` is None where one person makes up more than half of a bucket.
    """

    tool: str
    period: date
    counted: Feed
    cross_check: Feed
    person_days: int
    tokens: Difference
    buckets: Mapping[str, Difference] | None


@dataclass(frozen=True, slots=True)
class CostDisagreement:
    """Our price of what a feed told (`counted`), and the cost that its source reported."""

    tool: str
    period: date
    feed: Feed
    person_days: int
    micros: Difference


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything that may be shown, largest disagreement first; and whether anything may not."""

    rows: tuple[Disagreement, ...]
    costs: tuple[CostDisagreement, ...]
    is_any_withheld: bool


class _Sum:
    """A figure of a group in its parts, and the most that one person has of it."""

    def __init__(self, size: int) -> None:
        self.parts = [0] * size
        self._most_of_each = [0] * size
        self._most = 0

    def add(self, parts: Sequence[int]) -> None:
        """Add one person's parts."""
        total = 0
        for place, part in enumerate(parts):
            if part:
                total += part
                self.parts[place] += part
                if part > self._most_of_each[place]:
                    self._most_of_each[place] = part
        if total > self._most:
            self._most = total

    @property
    def is_dominated(self) -> bool:
        """Whether one person makes up more than half of it."""
        return self._most * _MOST_SHARE > sum(self.parts)

    @property
    def has_dominated_part(self) -> bool:
        """Whether one person makes up more than half of a part."""
        both = zip(self._most_of_each, self.parts, strict=True)
        return any(most * _MOST_SHARE > part for most, part in both)


_Key = tuple[Feed, bool]
_Pattern = tuple[str, frozenset[_Key], bool]
_Cost = tuple[str, Feed, bool]


@dataclass(slots=True)
class _Group:
    is_of_services: bool
    people: int = 0
    sums: dict[object, _Sum] = field(default_factory=dict)

    def add(self, key: object, parts: Sequence[int]) -> None:
        """Add one person's parts to the figure of that key."""
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = _Sum(len(parts))
        found.add(parts)

    def is_shown(self, least: int) -> bool:
        """Whether it is of services, or large enough and nobody dominates a figure of it."""
        if self.is_of_services:
            return True
        return self.people >= least and not any(each.is_dominated for each in self.sums.values())

    def hides_buckets(self, *keys: object) -> bool:
        """Whether one person makes up more than half of a bucket of these figures."""
        if self.is_of_services:
            return False
        return any(self.sums[key].has_dominated_part for key in keys)


class Comparison:
    """Takes one day after another and adds up the groups that may be shown."""

    def __init__(self, *, by: Period, least: int) -> None:
        self._by = by
        self._least = least
        self._pairs: dict[tuple[str, date, Feed, Feed], list[list[int]]] = {}
        self._costs: dict[tuple[str, date, Feed], list[int]] = {}
        self._person_days: dict[object, int] = defaultdict(int)
        self._without_buckets: set[object] = set()
        self._is_any_withheld = False

    def add_day(self, day: date, persons: Iterable[PersonDay]) -> None:
        """Take in a day: for each person and tool, whatever the feeds told."""
        groups: dict[_Pattern, _Group] = {}
        costs: dict[_Cost, _Group] = {}
        for each in persons:
            _group(groups, each)
            _group_costs(costs, each)
        period = self._period_of(day)
        for (tool, _, _), group in self._shown(groups):
            self._add_pairs(tool, period, group)
        for (tool, feed, _), group in self._shown(costs):
            place = (tool, period, feed)
            ours, reported = (group.sums[name].parts[0] for name in ("ours", "reported"))
            sums = self._costs.setdefault(place, [0, 0])
            sums[0] += ours
            sums[1] += reported
            self._person_days[place] += group.people

    def result(self) -> Reconciliation:
        """Return the rows, by the size of their disagreement."""
        rows = [
            Disagreement(
                tool=place[0],
                period=place[1],
                counted=place[2],
                cross_check=place[3],
                person_days=self._person_days[place],
                tokens=Difference(sum(counted), sum(other)),
                buckets=None if place in self._without_buckets else _by_bucket(counted, other),
            )
            for place, (counted, other) in self._pairs.items()
        ]
        costs = [
            CostDisagreement(*place, self._person_days[place], Difference(ours, reported))
            for place, (ours, reported) in self._costs.items()
        ]
        rows.sort(key=lambda row: (-abs(row.tokens.amount), row.period, row.tool, row.counted))
        costs.sort(key=lambda row: (-abs(row.micros.amount), row.period, row.tool, row.feed))
        return Reconciliation(tuple(rows), tuple(costs), self._is_any_withheld)

    def _shown(self, groups: Mapping[K, _Group]) -> Iterator[tuple[K, _Group]]:
        for key, group in groups.items():
            if group.is_shown(self._least):
                yield key, group
            else:
                self._is_any_withheld = True

    def _add_pairs(self, tool: str, period: date, group: _Group) -> None:
        figures = {key: each.parts for key, each in group.sums.items() if isinstance(key, tuple)}
        counted = [key for key in figures if key[1]]
        others = [key for key in figures if not key[1]]
        for one, other in product(counted, others):
            place = (tool, period, one[0], other[0])
            sums = self._pairs.setdefault(place, [[0] * len(BUCKETS), [0] * len(BUCKETS)])
            for total, key in zip(sums, (one, other), strict=True):
                total[:] = [a + b for a, b in zip(total, figures[key], strict=True)]
            self._person_days[place] += group.people
            if group.hides_buckets(one, other):
                self._without_buckets.add(place)

    def _period_of(self, day: date) -> date:
        return day - timedelta(days=day.weekday()) if self._by == "week" else day


def _by_bucket(counted: list[int], other: list[int]) -> dict[str, Difference]:
    pairs = zip(BUCKETS, counted, other, strict=True)
    return {name: Difference(one, two) for name, one, two in pairs}


def _group(groups: dict[_Pattern, _Group], person: PersonDay) -> None:
    """Put a person's day into its group, if anything in it is a cross-check of something."""
    if len({each.is_counted for each in person.told}) < 2:
        return
    sums: dict[_Key, tuple[int, ...]] = {}
    for each in person.told:
        key = (each.feed, each.is_counted)
        found = sums.get(key)
        # Nearly always a feed told of a person's day in one row.
        sums[key] = each.tokens if found is None else _added(found, each.tokens)
    pattern = (person.tool, frozenset(sums), person.is_service)
    group = groups.setdefault(pattern, _Group(person.is_service))
    group.people += 1
    for key, parts in sums.items():
        group.add(key, parts)


def _added(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _group_costs(costs: dict[_Cost, _Group], person: PersonDay) -> None:
    """Put what bears both our price and a reported cost into the group of its feed."""
    sums: dict[Feed, tuple[int, ...]] = {}
    for each in person.told:
        if each.cost_micros is not None and each.reported_cost_micros is not None:
            both = (each.cost_micros, each.reported_cost_micros)
            sums[each.feed] = _added(sums.get(each.feed, (0, 0)), both)
    for feed, (ours, reported) in sums.items():
        place = (person.tool, feed, person.is_service)
        group = costs.setdefault(place, _Group(person.is_service))
        group.people += 1
        group.add("ours", (ours,))
        group.add("reported", (reported,))
