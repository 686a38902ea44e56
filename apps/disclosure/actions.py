"""What an administrator decides about disclosure and about alerts."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.disclosure.alerts.rules import Bound
from apps.disclosure.models import AlertRule, Policy


@transaction.atomic
def decide_viewer_names(*, is_shown: bool, actor: Actor, at: datetime) -> None:
    """Let people learn the names of those who looked, or their roles alone."""
    policy, _ = Policy.objects.select_for_update().get_or_create(slug="policy")
    policy.shows_viewer_names = is_shown
    policy.save(update_fields=["shows_viewer_names"])
    audit.record(
        event=Event.POLICY_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("policy", "disclosure"),
        parameters={"shows_viewer_names": int(is_shown)},
    )


@transaction.atomic
def change_alert_rule(
    slug: str, *, is_active: bool, bound: Bound, actor: Actor, at: datetime
) -> None:
    """Change when a rule fires; what it was before stands in the log."""
    rule = AlertRule.objects.select_for_update().get(slug=slug)
    wanted = {"is_active": is_active, "threshold": bound.threshold, "minutes": bound.minutes}
    changes: dict[str, str | int] = {}
    for name, value in wanted.items():
        changes |= {name: int(value), f"{name}_before": int(getattr(rule, name))}
        setattr(rule, name, value)
    rule.save(update_fields=list(wanted))
    audit.record(
        event=Event.ALERT_RULE_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("alert_rule", slug),
        parameters=changes,
    )
