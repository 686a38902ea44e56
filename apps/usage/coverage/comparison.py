"""
Comparing feeds that told of the same work, without telling of anybody alone. Pure.

The atom is a group: the people of whom, on one day and for one tool, exactly the
same sources told, in the same ways. A group is shown if it is large enough and
nobody in it makes up more than half of a figure; otherwise it goes into no figure
at all. Every row, of a day, of a week or of a pair of feeds, is a sum of whole
groups that are shown. So whatever is added or subtracted, what comes out is again
about groups. It is sources that make a group, not feeds: otherwise whoever may add
a source to a feed could fill up the group of one person by it. Services are groups
of their own, which are always shown: they are nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Literal

from apps.usage.formats import BUCKETS

Period = Literal["day", "week"]
_MOST_SHARE = 2
"""Nobody may make up more than one part of so many."""
_DIGITS = 3


@dataclass(frozen=True, slots=True, order=True)
class Feed:
    """A way in which usage was told: a source's or group's name, and how it speaks."""

    name: str
    signal: str


@dataclass(frozen=True, slots=True)
class Figure:
    """
    What one source told of everyone in a group, by part, and the most that one person has.

    `most` is that of all parts together, `most_of_each` that of each part.
    """

    feed: Feed
    is_counted: bool
    parts: Sequence[int]
    most_of_each: Sequence[int]
    most: int

    @property
    def is_dominated(self) -> bool:
        """Whether one person makes up more than half of it."""
        return self.most * _MOST_SHARE > sum(self.parts)

    @property
    def has_dominated_part(self) -> bool:
        """Whether one person makes up more than half of a part."""
        both = zip(self.most_of_each, self.parts, strict=True)
        return any(most * _MOST_SHARE > part for most, part in both)


@dataclass(frozen=True, slots=True)
class Group:
    """So many people, or services, of whom the same sources told; one figure for each of them."""

    tool: str
    people: int
    figures: Sequence[Figure]
    is_of_services: bool = False

    def is_shown(self, least: int) -> bool:
        """Whether it is of services, or large enough and nobody dominates a figure of it."""
        if self.is_of_services:
            return True
        return self.people >= least and not any(each.is_dominated for each in self.figures)

    def hides_parts(self, feeds: Iterable[tuple[Feed, bool]]) -> bool:
        """Whether one person makes up more than half of a part of what these feeds told."""
        shown = [each for each in self.figures if (each.feed, each.is_counted) in feeds]
        return not self.is_of_services and any(each.has_dominated_part for each in shown)


@dataclass(frozen=True, slots=True)
class Costs:
    """
    Our price and the reported cost of what one source told of a group, of what bears both.

    `figures` are two, of one part each: ours and the reported one.
    """

    feed: Feed
    group: Group


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Two figures for the same work, with three digits, and their difference per mille.

    `per_mille` is of the exact figures, in thousandths of what counts, cut; None where
    nothing counts.
    """

    counted: int
    cross_check: int
    per_mille: int | None

    @property
    def amount(self) -> int:
        """By how much the cross-check is larger, no closer than the per mille tell."""
        if self.per_mille is None:
            return self.cross_check
        size = rounded(abs(self.counted * self.per_mille) // 1000)
        return size if self.per_mille >= 0 else -size


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
    """
    Our price of what a feed told (`counted`), and the cost that its source reported.

    A person's day that two sources of the feed told of is two of `person_days`.
    """

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

    def add_day(self, day: date, groups: Iterable[Group], costs: Iterable[Costs]) -> None:
        """Take in a day: groups of whom one source told that counts and one that does not."""
        period = self._period_of(day)
        for group in groups:
            if self._is_shown(group):
                self._add_pairs(period, group)
        for each in costs:
            if self._is_shown(each.group):
                place = (each.group.tool, period, each.feed)
                sums = self._costs.setdefault(place, [0, 0])
                sums[:] = _added(sums, [figure.parts[0] for figure in each.group.figures])
                self._person_days[place] += each.group.people

    def result(self) -> Reconciliation:
        """Return the rows, by the size of their disagreement."""
        rows = [
            Disagreement(
                tool=place[0],
                period=place[1],
                counted=place[2],
                cross_check=place[3],
                person_days=self._person_days[place],
                tokens=difference(sum(counted), sum(other)),
                buckets=None if place in self._without_buckets else _by_bucket(counted, other),
            )
            for place, (counted, other) in self._pairs.items()
        ]
        costs = [
            CostDisagreement(*place, self._person_days[place], difference(ours, reported))
            for place, (ours, reported) in self._costs.items()
        ]
        rows.sort(key=lambda row: (-abs(row.tokens.amount), row.period, row.tool, row.counted))
        costs.sort(key=lambda row: (-abs(row.micros.amount), row.period, row.tool, row.feed))
        return Reconciliation(tuple(rows), tuple(costs), self._is_any_withheld)

    def _is_shown(self, group: Group) -> bool:
        is_shown = group.is_shown(self._least)
        self._is_any_withheld |= not is_shown
        return is_shown

    def _add_pairs(self, period: date, group: Group) -> None:
        figures: dict[tuple[Feed, bool], list[int]] = {}
        for each in group.figures:
            sums = figures.setdefault((each.feed, each.is_counted), [0] * len(BUCKETS))
            sums[:] = _added(sums, each.parts)
        counted = [key for key in figures if key[1]]
        others = [key for key in figures if not key[1]]
        for pair in product(counted, others):
            place = (group.tool, period, pair[0][0], pair[1][0])
            both = self._pairs.setdefault(place, [[0] * len(BUCKETS), [0] * len(BUCKETS)])
            for total, key in zip(both, pair, strict=True):
                total[:] = _added(total, figures[key])
            self._person_days[place] += group.people
            if group.hides_parts(pair):
                self._without_buckets.add(place)

    def _period_of(self, day: date) -> date:
        return day - timedelta(days=day.weekday()) if self._by == "week" else day


def difference(counted: int, cross_check: int) -> Difference:
    """Return the difference of two exact figures as it may be shown."""
    thousandths = None
    if counted:
        thousandths = abs(cross_check - counted) * 1000 // counted
        thousandths = thousandths if cross_check >= counted else -thousandths
    return Difference(rounded(counted), rounded(cross_check), thousandths)


def rounded(figure: int) -> int:
    """Return the figure with three significant digits, halves away from zero."""
    step: int = 10 ** max(0, len(str(abs(figure))) - _DIGITS)
    size = (abs(figure) + step // 2) // step * step
    return size if figure >= 0 else -size


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def _by_bucket(counted: list[int], other: list[int]) -> dict[str, Difference]:
    pairs = zip(BUCKETS, counted, other, strict=True)
    return {name: difference(one, two) for name, one, two in pairs}
