"""
Deciding in which lane a subject's work competes, and taking that back.

A decision holds for all subjects of one person, and moves what was counted
already. How the work was reported stays beside it, so that taking the decision
back restores just that. The log does not name whose work it is: the decision
lies beside the subject, and the two together would tie it to its person.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from django.db import transaction
from django.db.models import Q

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import clock
from apps.common.actors import Actor
from apps.common.errors import Invalid, NotFound
from apps.pseudonyms import queries as pseudonyms
from apps.usage import lanes
from apps.usage.lanes import patterns, relaning
from apps.usage.models import Kind, LaneDecision

_REASON = LaneDecision.Reason


class UnknownTool(Invalid):
    """Raised for a tool under whose name nothing was ever reported."""

    code: ClassVar[str] = "unknown_tool"
    title: ClassVar[str] = "No usage of a tool of this name has arrived."


class UnknownDecision(NotFound):
    """Raised when there is no such decision, or there is none any more."""

    code: ClassVar[str] = "unknown_decision"
    title: ClassVar[str] = "There is no such decision any more."


class Contradiction(Invalid):
    """Raised when what is said to work there does not belong into the lane."""

    code: ClassVar[str] = "contradiction"
    title: ClassVar[str] = "The reason speaks for the other lane."


class Why(StrEnum):
    """
    What an administrator may give as the explanation.

    It is chosen and not written: free words beside a subject could name its person.
    """

    MACHINE = "A machine works under this name."
    SCHEDULED = "Scheduled or unattended jobs run under this name."
    PERSON = "A person works here; what looked like a machine was not one."

    @property
    def is_automation(self) -> bool:
        """For which lane it speaks."""
        return self is not Why.PERSON


@dataclass(frozen=True, slots=True)
class Lane:
    """Which work is meant (`tool` "": of every tool), from which day on, and its lane."""

    tool: str
    since: date | None
    is_automation: bool


@transaction.atomic
def decide_lane(subject: int, *, lane: Lane, why: Why, actor: Actor, at: datetime) -> None:
    """
    Let a person's work compete in a lane, as an administrator decides.

    It takes the place of an earlier decision about the same tool, a pattern's included. Raises
    UnknownTool, and Contradiction where the reason speaks for the other lane.
    """
    if why.is_automation != lane.is_automation:
        raise Contradiction
    if lane.tool and not Kind.objects.filter(tool=lane.tool).exists():
        raise UnknownTool
    lanes.own()
    family = _family(subject)
    write(family, lane=lane, reason=_REASON.ADMINISTRATOR, explanation=why.value, at=at)
    relaning.settle(family)
    _record(is_automation=lane.is_automation, actor=actor, at=at, rule=_REASON.ADMINISTRATOR)


@transaction.atomic
def withdraw_lane(subject: int, *, tool: str, actor: Actor, at: datetime) -> None:
    """Let work compete as it was reported again; raises UnknownDecision."""
    lanes.own()
    family = _family(subject)
    rows = LaneDecision.objects.filter(subject__in=family, tool=tool)
    former = rows.first()
    if former is None:
        raise UnknownDecision
    rows.delete()
    relaning.settle(family)
    _record(is_automation=former.is_automation, actor=actor, at=at, rule="withdrawn")


@transaction.atomic
def find_patterns(*, actor: Actor, at: datetime) -> int:
    """
    Let work that goes round the clock compete as automation; return how many decisions that made.

    What an administrator decided about the tool, or about every tool, stays as it is.
    """
    new = list(patterns.found(at=at, roots=pseudonyms.roots()))
    if not new:
        return 0
    lanes.own()
    made = 0
    for pattern in new:
        family = pseudonyms.family_of(pattern.root)
        decided = LaneDecision.objects.filter(subject__in=family)
        is_for_all = Q(tool="", reason=_REASON.ADMINISTRATOR)
        if decided.filter(Q(tool=pattern.tool) | is_for_all).exists():
            continue
        lane = Lane(pattern.tool, pattern.since, is_automation=True)
        write(family, lane=lane, reason=_REASON.PATTERN, explanation=pattern.explanation, at=at)
        relaning.settle(family)
        made += 1
    if made:
        _record(is_automation=True, actor=actor, at=at, rule=_REASON.PATTERN, count=made)
    return made


@transaction.atomic
def settle_lanes(subject: int) -> None:
    """
    Let the decisions about any subject of a person hold for all of them, after a claim.

    Of two about one tool an administrator's holds, then that about the root.
    """
    family = _family(subject)
    rows = LaneDecision.objects.filter(subject__in=family)
    if not rows.exists():
        return
    lanes.own()
    kept: dict[str, LaneDecision] = {}
    for row in sorted(
        rows, key=lambda row: (row.reason != _REASON.ADMINISTRATOR, row.subject != family[0])
    ):
        kept.setdefault(row.tool, row)
    rows.delete()
    LaneDecision.objects.bulk_create(
        LaneDecision(
            subject=each,
            tool=row.tool,
            since=row.since,
            is_automation=row.is_automation,
            reason=row.reason,
            explanation=row.explanation,
            decided_on=row.decided_on,
        )
        for row in kept.values()
        for each in family
    )
    relaning.settle(family)


def write(
    family: Collection[int], *, lane: Lane, reason: str, explanation: str, at: datetime
) -> None:
    """Write one decision for all subjects of a person; part of a larger action."""
    LaneDecision.objects.filter(subject__in=family, tool=lane.tool).delete()
    LaneDecision.objects.bulk_create(
        LaneDecision(
            subject=each,
            tool=lane.tool,
            since=lane.since,
            is_automation=lane.is_automation,
            reason=reason,
            explanation=explanation,
            decided_on=clock.day_of(at),
        )
        for each in sorted(family)
    )


def _family(subject: int) -> list[int]:
    return pseudonyms.family_of(pseudonyms.root_of(subject))


def _record(*, is_automation: bool, actor: Actor, at: datetime, rule: str, count: int = 1) -> None:
    item = audit.Item("lane", "automation" if is_automation else "people")
    audit.record(event=Event.LANE_DECIDED, actor=actor, at=at, item=item, rule=rule, count=count)
