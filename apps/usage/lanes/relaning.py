"""
Moving what was counted into the lane in which it competes now.

Every row keeps how it was reported, and its lane follows from that and from the
decisions alone. So moving is writing the lane anew, and doing it again changes
nothing. Callers hold a transaction and the lock of `lanes.own`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet

from apps.common import clock
from apps.usage import storage
from apps.usage.lanes import Lanes
from apps.usage.models import DayOutcome, DayTotal, Kind, LaneDecision, Session
from apps.usage.storage.targets import TOUCHED


class _Stretch(NamedTuple):
    """Days (the last not included; None: open) with one lane; None is the lane as reported."""

    first: date | None
    end: date | None
    is_automation: bool | None


def settle(family: Sequence[int]) -> None:
    """Write the lanes of all that was counted for these subjects, and have standings follow."""
    decisions = list(LaneDecision.objects.filter(subject__in=family))
    lanes = Lanes.of(decisions)
    kinds = _kinds_by_tool()
    named = {row.tool for row in decisions} - {""}
    for subject in family:
        for tool in sorted(named):
            for stretch in _stretches(lanes, subject, tool):
                _move(subject, kinds.get(tool, []), Q(tool=tool), stretch)
        others = [kind for tool, some in kinds.items() if tool not in named for kind in some]
        for stretch in _stretches(lanes, subject, ""):
            _move(subject, others, ~Q(tool__in=named), stretch)
    storage.put(TOUCHED, [(subject,) for subject in sorted(family)])


def _move(subject: int, kinds: list[int], of_tool: Q, stretch: _Stretch) -> None:
    """Write one lane over a stretch of days, wherever it is not there yet."""
    by_kind, days = Q(subject=subject, kind__in=kinds), _between("day", stretch.first, stretch.end)
    by_tool = Q(subject=subject) & of_tool
    first = stretch.first and clock.start_of(stretch.first)
    end = stretch.end and clock.start_of(stretch.end)
    for rows in (
        DayTotal.objects.filter(by_kind, days),
        DayOutcome.objects.filter(by_tool, days),
        Session.objects.filter(by_tool, _between("first_at", first, end)),
    ):
        _write(rows, stretch.is_automation)


def _write(rows: QuerySet[Any], is_automation: bool | None) -> None:  # noqa: FBT001 - the lane
    wanted: Any = F("is_automation") if is_automation is None else is_automation
    rows.exclude(in_automation_lane=wanted).update(in_automation_lane=wanted)


def _between(column: str, first: object, end: object) -> Q:
    """Return the condition that a column lies from `first` until before `end`."""
    given = {f"{column}__gte": first, f"{column}__lt": end}
    return Q(**{name: value for name, value in given.items() if value is not None})


def _stretches(lanes: Lanes, subject: int, tool: str) -> Iterator[_Stretch]:
    """Cut all days where the lane of a tool may change."""
    by_tool = lanes.rulings.get(subject, {})
    rulings = by_tool.get(tool, by_tool.get("", []))
    cuts = sorted({ruling.since for ruling in rulings if ruling.since is not None})
    starts: list[date | None] = [None, *cuts]
    for first, end in zip(starts, [*cuts, None], strict=True):
        day = date.min if first is None else first
        as_either = {lanes.lane(subject, tool, day, reported) for reported in (False, True)}
        yield _Stretch(first, end, as_either.pop() if len(as_either) == 1 else None)


def _kinds_by_tool() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for tool, kind in Kind.objects.values_list("tool", "pk"):
        found.setdefault(tool, []).append(kind)
    return found
