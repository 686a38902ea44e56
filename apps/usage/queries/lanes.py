"""In which lane work competes, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from apps.pseudonyms import queries as pseudonyms
from apps.usage.models import DayTotal, LaneDecision

_REPORTED = "The tool or the source reported these runs as unattended."


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision about a root subject's work with a tool ("": with every tool)."""

    subject: int
    tool: str
    since: date | None
    is_automation: bool
    is_pattern: bool
    explanation: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class LaneNote:
    """Why some work competes where it does, for whose work it is; `tool` "": every tool."""

    tool: str
    since: date | None
    is_automation: bool
    explanation: str


def lane_decisions() -> list[DecisionView]:
    """Return every decision once for each person, the latest first."""
    claimed = pseudonyms.roots()
    rows = LaneDecision.objects.order_by("-decided_on", "tool", "pk")
    return [
        DecisionView(
            subject=row.subject,
            tool=row.tool,
            since=row.since,
            is_automation=row.is_automation,
            is_pattern=row.reason == LaneDecision.Reason.PATTERN,
            explanation=row.explanation,
            decided_on=row.decided_on,
        )
        for row in rows
        if row.subject not in claimed
    ]


def lane_notes(*, subjects: Collection[int], since: date, until: date) -> list[LaneNote]:
    """Return why work of one person competes where it does: decisions, then what was reported."""
    decided = LaneDecision.objects.filter(subject__in=subjects).order_by("tool", "pk")
    notes = {
        row.tool: LaneNote(row.tool, row.since, row.is_automation, row.explanation)
        for row in decided
    }
    reported = DayTotal.objects.filter(
        subject__in=subjects,
        day__range=(since, until),
        is_automation=True,
        in_automation_lane=True,
        is_counted=True,
    )
    tools = sorted(set(reported.values_list("kind__tool", flat=True)) - set(notes))
    return [*notes.values(), *(LaneNote(tool, None, True, _REPORTED) for tool in tools)]  # noqa: FBT003 - the lane
