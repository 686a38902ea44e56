"""
Rules by which headless runs are told: how a tool says that it was started.

A rule holds for what arrives from now on. What was counted keeps the lane in
which it was reported; a decision about a person's work moves that.
"""

from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import NotFound, Refused
from apps.usage.models import LaneRule


class RuleExists(Refused):
    """Raised when there is a rule about this tool and entrypoint."""

    code: ClassVar[str] = "rule_exists"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is a rule about this tool and entrypoint already."


class UnknownRule(NotFound):
    """Raised when there is no such rule."""

    code: ClassVar[str] = "unknown_rule"
    title: ClassVar[str] = "There is no such rule."


@transaction.atomic
def add_lane_rule(
    *, tool: str, entrypoint: str, explanation: str, actor: Actor, at: datetime
) -> int:
    """Let runs that a tool ("": any) started like this count as automation; returns its id."""
    rule = LaneRule(tool=tool, entrypoint=entrypoint, explanation=explanation)
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError as clash:
        raise RuleExists from clash
    _record(rule, "added", actor=actor, at=at)
    return rule.pk


@transaction.atomic
def change_lane_rule(
    *, rule_id: int, explanation: str, is_active: bool, actor: Actor, at: datetime
) -> None:
    """Change what a rule says of itself, or switch it off and on; raises UnknownRule."""
    rule = LaneRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise UnknownRule
    switched = rule.is_active != is_active
    if not switched and rule.explanation == explanation:
        return
    rule.explanation, rule.is_active = explanation, is_active
    rule.save(update_fields=["explanation", "is_active"])
    word = ("active" if is_active else "inactive") if switched else "explanation"
    _record(rule, word, actor=actor, at=at)


def _record(rule: LaneRule, word: str, *, actor: Actor, at: datetime) -> None:
    item = audit.Item("lane_rule", str(rule.pk))
    audit.record(event=Event.LANE_RULE_CHANGED, actor=actor, at=at, item=item, rule=word)
