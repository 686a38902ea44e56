"""What an administrator decides about disclosure."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.disclosure.models import Policy


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
