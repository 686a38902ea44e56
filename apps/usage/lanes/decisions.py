"""
In which lane work competes: people's own, or automation's.

Two questions, kept apart. What was *reported*: a flag in the payload, a service
account, or a tool that says it was started without anybody before it. And where
it *competes*: as reported, unless a decision about the subject and the tool says
otherwise from a day on. The first is kept as it came, so that a decision can be
taken back and leave no trace.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import connection

from apps.usage.formats import Point, Statement, UsageEvent
from apps.usage.models import LaneDecision, LaneRule

# "lanes" in ASCII: whoever counts shares this lock, whoever decides has it alone.
_LOCK = 0x6C616E6573
_WEIGHT = {LaneDecision.Reason.ADMINISTRATOR: 0, LaneDecision.Reason.PATTERN: 1}


@dataclass(frozen=True, slots=True)
class HeadlessRules:
    """The active rules: pairs of tool and entrypoint; an empty tool means every tool."""

    pairs: frozenset[tuple[str, str]]

    @classmethod
    def load(cls) -> "HeadlessRules":
        """Read the rules as they are now, in one query."""
        rules = LaneRule.objects.filter(is_active=True)
        return cls(frozenset(rules.values_list("tool", "entrypoint")))

    def is_headless(self, tool: str, entrypoint: str) -> bool:
        """Tell whether a tool that was started like this works by itself."""
        if not entrypoint:
            return False
        return (tool, entrypoint) in self.pairs or ("", entrypoint) in self.pairs

    def reported(self, event: UsageEvent | Point | Statement) -> bool:
        """Tell whether this was reported as automation, by its flag or by how it was started."""
        return event.is_automation or self.is_headless(event.tool, event.entrypoint)


class Ruling(NamedTuple):
    """A decision as counting needs it: from which day on (None: always), into which lane."""

    since: date | None
    is_automation: bool


@dataclass(frozen=True, slots=True)
class Lanes:
    """
    The decisions, by subject and then tool; the heaviest first, each for days from its own on.

    An administrator's outweighs a pattern's, and one about a tool one about every tool.
    """

    rulings: Mapping[int, Mapping[str, list[Ruling]]] = field(default_factory=dict)

    @classmethod
    def load(cls, subjects: Collection[int] | None = None) -> "Lanes":
        """
        Read the decisions about these subjects, or all.

        In a transaction it also makes decisions wait until that has ended, so that none misses
        usage on its way. It comes before every lock on rows.
        """
        share()
        rows = LaneDecision.objects.all()
        if subjects is not None:
            rows = rows.filter(subject__in=list(subjects))
        return cls.of(rows)

    @classmethod
    def of(cls, decisions: Iterable[LaneDecision]) -> "Lanes":
        """Return the lanes that these decisions make."""
        by_subject: dict[int, list[LaneDecision]] = {}
        for row in decisions:
            by_subject.setdefault(row.subject, []).append(row)
        return cls({subject: _rulings(rows) for subject, rows in by_subject.items()})

    def lane(self, subject: int, tool: str, day: date, is_automation: bool) -> bool:  # noqa: FBT001 - as it was reported
        """Tell whether work competes in the automation lane, from how it was reported."""
        by_tool = self.rulings.get(subject)
        if by_tool is None:
            return is_automation
        for ruling in by_tool.get(tool, by_tool.get("", ())):
            if ruling.since is None or day >= ruling.since:
                return ruling.is_automation
        return is_automation


def share() -> None:
    """Let decisions wait until this transaction ends; on SQLite there is one writer anyway."""
    _lock("SELECT pg_advisory_xact_lock_shared(%s)")


def own() -> None:
    """Wait until nobody counts, and let nobody begin until this transaction ends."""
    _lock("SELECT pg_advisory_xact_lock(%s)")


def _lock(statement: str) -> None:
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [_LOCK])


def _rulings(rows: Collection[LaneDecision]) -> dict[str, list[Ruling]]:
    """Return what holds for each tool that is named, and for all others under ""."""
    rulings = {}
    for tool in {"", *(row.tool for row in rows)}:
        heard = sorted(
            (row for row in rows if row.tool in {"", tool}),
            key=lambda row: (_WEIGHT[LaneDecision.Reason(row.reason)], row.tool != tool),
        )
        rulings[tool] = [Ruling(row.since, row.is_automation) for row in heard]
    return rulings
