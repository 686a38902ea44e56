"""
How all personal sources together report: a personal source tells when one person works.

So they are added up day by day, and only of days that are over and on which enough
people's sent something: then two windows differ by whole days of that many people,
and a day does not grow while somebody looks. What is one person's by nature, the most
of any, is not told at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from apps.common import clock
from apps.usage.models import ClientVersion, Rejection, SourceDay
from apps.usage.queries import arrivals
from apps.usage.queries.arrivals import Arrivals, SeenVersion


@dataclass(frozen=True, slots=True)
class Personal:
    """What personal sources sent, on the days that may be told of."""

    arrivals: Arrivals
    rejections: dict[str, int]
    versions: list[SeenVersion]


@dataclass(slots=True)
class _Told:
    """Who told something, and its sums."""

    owners: set[int] = field(default_factory=set)
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(arrivals.SUMS, 0))
    count: int = 0


def personal(*, since: date, until: date, roots: Mapping[int, int], least: int) -> Personal | None:
    """
    Return what arrived from the first day until the day before `until`, which is not over.

    None where there is no day on which the sources of at least `least` people (by
    the `roots` of their owners) sent something. A code of refusals counts on days on
    which so many were refused something with it, a version if so many run it.
    """
    last = until - timedelta(days=1)
    days: dict[date, _Told] = defaultdict(_Told)
    rows = SourceDay.objects.filter(day__range=(since, last), source__subject__isnull=False)
    for day, owner, *values in rows.values_list("day", "source__subject", *arrivals.SUMS):
        told = days[day]
        told.owners.add(roots.get(owner, owner))
        for name, value in zip(arrivals.SUMS, values, strict=True):
            told.sums[name] += value
    shown = [told.sums for told in days.values() if len(told.owners) >= least]
    if not shown:
        return None
    sums = {name: sum(each[name] for each in shown) for name in arrivals.SUMS}
    return Personal(
        arrivals=arrivals.summed(sums, worst=None, ahead=None),
        rejections=_rejections(since, until, roots, least),
        versions=arrivals.with_faults(_versions(since, until, roots, least)),
    )


def _rejections(since: date, until: date, roots: Mapping[int, int], least: int) -> dict[str, int]:
    found = Rejection.objects.filter(
        batch__source__subject__isnull=False,
        batch__received_at__gte=clock.start_of(since),
        batch__received_at__lt=clock.start_of(until),
    )
    day = TruncDate("batch__received_at", tzinfo=clock.organisation_zone())
    rows = found.values_list("code", day, "batch__source__subject").annotate(Count("pk"))
    told: dict[tuple[str, date], _Told] = defaultdict(_Told)
    for code, on, owner, count in rows.order_by():
        told[code, on].owners.add(roots.get(owner, owner))
        told[code, on].count += count
    codes: dict[str, int] = defaultdict(int)
    for (code, _), each in told.items():
        if len(each.owners) >= least:
            codes[code] += each.count
    return dict(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0])))


def _versions(
    since: date, until: date, roots: Mapping[int, int], least: int
) -> Iterable[tuple[str, str, date]]:
    """Yield the versions that so many run, and on which day so many of them had last reported."""
    rows = ClientVersion.objects.filter(
        source__subject__isnull=False, last_seen_on__gte=since, first_seen_on__lt=until
    )
    seen: dict[tuple[str, str], dict[int, date]] = defaultdict(dict)
    for tool, version, owner, last in rows.values_list(
        "tool", "version", "source__subject", "last_seen_on"
    ):
        root = roots.get(owner or 0, owner or 0)
        days = seen[tool, version]
        # Who reports today as well was here yesterday, as far as this tells.
        days[root] = max(days.get(root, since), min(last, until - timedelta(days=1)))
    for (tool, version), days in seen.items():
        if len(days) >= least:
            yield tool, version, sorted(days.values(), reverse=True)[least - 1]
