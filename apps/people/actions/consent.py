"""Consent: what a person chooses, and what holds for those who have not chosen."""

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import F

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import Invalid
from apps.people import queries
from apps.people.models import Policy, User, VisibilityChoice
from apps.people.models.consent import Visibility
from apps.people.queries import UnknownPerson


class UnknownVisibility(Invalid):
    """Raised when a visibility is none of the three."""

    code: ClassVar[str] = "unknown_visibility"
    title: ClassVar[str] = "A visibility is private, pseudonymous or named."


def known(visibility: str) -> Visibility:
    """Return the visibility of this name; raises `UnknownVisibility`."""
    try:
        return Visibility(visibility)
    except ValueError:
        raise UnknownVisibility from None


@transaction.atomic
def record_choice(*, person_id: int, visibility: str, actor: Actor, at: datetime) -> bool:
    """
    Record how the person wants to be seen from now on; returns whether that is a change.

    Choosing the same again under the same wording adds nothing to the history.
    Raises `UnknownPerson`, `UnknownVisibility`.
    """
    chosen = known(visibility)
    # The person's row is the lock: two choices at once come one after the other.
    if not User.objects.select_for_update().filter(pk=person_id).exists():
        raise UnknownPerson
    wording = queries.current_wording()
    current = VisibilityChoice.objects.filter(user=person_id, is_current=True)
    if current.filter(visibility=chosen, wording=wording.version).exists():
        return False
    current.update(is_current=False)
    VisibilityChoice.objects.create(
        user_id=person_id,
        visibility=chosen,
        wording_id=wording.version,
        chosen_at=at,
        chosen_by=actor.reference,
    )
    grow_revision()
    audit.record(
        event=Event.VISIBILITY_CHOSEN,
        actor=actor,
        at=at,
        subject=f"user:{person_id}",
        parameters={"visibility": str(chosen), "wording": wording.version},
    )
    return True


@transaction.atomic
def change_default_visibility(*, visibility: str, actor: Actor, at: datetime) -> bool:
    """Change what holds for people who have not chosen; returns whether that is a change."""
    chosen = known(visibility)
    if not Policy.objects.exclude(default_visibility=chosen).update(default_visibility=chosen):
        return False
    grow_revision()
    audit.record(
        event=Event.POLICY_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("policy", "default_visibility"),
        parameters={"visibility": str(chosen)},
    )
    return True


def grow_revision() -> None:
    """Count one more change; whoever keeps a rendered copy sees that it is old."""
    Policy.objects.update(revision=F("revision") + 1)
