"""Cutting a person off from their subjects for good; the figures are other rooms' to remove."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.actors import Actor
from apps.pseudonyms import queries
from apps.pseudonyms.models import Alias, Link, Subject, SubjectKey

_ITSELF = actors.task("pseudonyms.forgetting")


@transaction.atomic
def forget_person(person_id: int, *, at: datetime, actor: Actor = _ITSELF) -> list[int]:
    """
    Delete a person's link, aliases and subject keys; return the numbers that stood for them.

    The bare numbers stay, tied to nobody and not to each other. Returns [] for who has none.
    """
    root = queries.subject_of(person_id)
    if root is None:
        return []
    family = queries.family_of(root)
    Link.objects.filter(pk=root).delete()
    Alias.objects.filter(subject__in=family).delete()
    destroyed, _ = SubjectKey.objects.filter(pk__in=family).delete()
    Subject.objects.filter(root=root).update(root=None)
    audit.record(
        event=Event.KEY_DESTROYED,
        actor=actor,
        at=at,
        item=audit.Item("subject_keys", ""),
        count=destroyed,
        subject=f"user:{person_id}",
    )
    return family
