"""
Round-the-clock patterns: hours in which nobody works, found in when sessions were active.

The rule is meant to be understood by whom it concerns: with one tool, active in
at least 20 different hours of each of three days in a row. Nights, long days and
several sessions at once do not make it; only days without sleep do. What was
reported as automation is left out, for it competes there already.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from apps.common import clock
from apps.usage.models import Session
from apps.usage.rules.spans import Span

HOURS_A_DAY = 20
DAYS_IN_A_ROW = 3
LOOK_BACK_DAYS = 14
"""How far back each search looks; it runs daily, and uploads may come late."""

_HOUR_SECONDS = 60 * 60
_CHUNK = 5_000


class Pattern(NamedTuple):
    """Whose work with which tool has gone round the clock, since which day."""

    root: int
    tool: str
    since: date

    @property
    def explanation(self) -> str:
        """What is said of it to whom it concerns."""
        return (
            f"Active in at least {HOURS_A_DAY} different hours of each of {DAYS_IN_A_ROW} days "
            f"in a row, the first of them {self.since}."
        )


def found(*, at: datetime, roots: Mapping[int, int]) -> Iterator[Pattern]:
    """Yield the patterns of the latest days; `roots` has the root of each claimed subject."""
    start = clock.start_of(clock.days_before(clock.day_of(at), LOOK_BACK_DAYS))
    sessions = Session.objects.filter(
        last_at__gte=start, is_automation=False, in_automation_lane=False
    ).exclude(tool="")
    rows = sessions.order_by("subject").values_list("subject", "tool", "spans")
    shared = {*roots.keys(), *roots.values()}
    families: dict[int, dict[str, set[int]]] = {}
    for subject, own in groupby(rows.iterator(chunk_size=_CHUNK), key=itemgetter(0)):
        root = roots.get(subject, subject)
        # Hours of one person with several subjects are put together first.
        by_tool = families.setdefault(root, {}) if subject in shared else {}
        for _, tool, spans in own:
            by_tool.setdefault(tool, set()).update(hours(spans, since=int(start.timestamp())))
        if subject not in shared:
            yield from _patterns(root, by_tool)
    for root, by_tool in families.items():
        yield from _patterns(root, by_tool)


def hours(spans: Iterable[Span], *, since: int) -> Iterator[int]:
    """Yield each hour since the epoch that a span touches, from the second `since` on."""
    for first, last in spans:
        yield from range(max(first, since) // _HOUR_SECONDS, last // _HOUR_SECONDS + 1)


def first_day(active: Iterable[int]) -> date | None:
    """Return the first of the days in a row that make a pattern of these hours, if any do."""
    by_day: dict[date, int] = defaultdict(int)
    for hour in set(active):
        by_day[clock.day_of(datetime.fromtimestamp(hour * _HOUR_SECONDS, tz=UTC))] += 1
    full = sorted(day for day, count in by_day.items() if count >= HOURS_A_DAY)
    for day in full:
        if all(day + timedelta(days=after) in full for after in range(DAYS_IN_A_ROW)):
            return day
    return None


def _patterns(root: int, by_tool: Mapping[str, set[int]]) -> Iterator[Pattern]:
    for tool, active in sorted(by_tool.items()):
        # Most people do not come near it, and are spared the calendar.
        since = first_day(active) if len(active) >= HOURS_A_DAY * DAYS_IN_A_ROW else None
        if since is not None:
            yield Pattern(root, tool, since)
