"""Saying whose an unclaimed subject is: what it did counts for its person from then on."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import NotFound, Refused
from apps.pseudonyms import queries, rows
from apps.pseudonyms.actions.enrolment import enrol_people
from apps.pseudonyms.identities import Identity
from apps.pseudonyms.models import Subject


class UnknownSubject(NotFound):
    """Raised for a subject that does not exist."""


class AlreadyClaimed(Refused):
    """Raised when a subject belongs to another person or to a service account."""

    code = "already_claimed"
    status = 409
    title = "This has been claimed already."


def add_alias(person_id: int, *, identity: Identity, at: datetime) -> int:
    """Let one more identity stand for a person; return their root subject; raises IdentityTaken."""
    return enrol_people({person_id: [identity]}, at=at)[person_id]


@transaction.atomic
def claim(subject: int, *, person_id: int, actor: Actor, at: datetime) -> int:
    """
    Give an unclaimed subject to a person and return the person's root; nothing is recounted.

    The audit entry names the person and never the subject. Raises UnknownSubject, AlreadyClaimed.
    """
    row = Subject.objects.filter(pk=subject).first()
    if row is None:
        raise UnknownSubject
    root = queries.subject_of(person_id)
    if root is not None and root in {row.pk, row.root_id}:
        return root
    # Service accounts and claimed subjects have no claim row, so this refuses them too.
    if not rows.remove_claims([subject]):
        raise AlreadyClaimed
    if root is None:
        root = subject
        rows.add_links({person_id: subject})
    else:
        row.root_id = root
        row.save(update_fields=["root"])
    audit.record(event=Event.CLAIM_RESOLVED, actor=actor, at=at, subject=f"user:{person_id}")
    return root
