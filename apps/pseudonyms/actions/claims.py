"""
Saying whose an unclaimed subject is, or that no more usage is taken for it.

What it did counts for its person from then on. A refusal keeps the sealed
identity, so that it can be taken back and whoever asks can be told.
"""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import NotFound, Refused
from apps.pseudonyms import queries, rows
from apps.pseudonyms.actions.enrolment import enrol_people
from apps.pseudonyms.identities import Identity
from apps.pseudonyms.models import Claim, Subject


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

    It ends a refusal. The audit entry names neither the subject nor the person: a claim
    moves rows of totals, and puts subjects on the list of those that changed, so a person
    named beside it would be tied to them by order and time. Raises UnknownSubject,
    AlreadyClaimed.
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
    rows.take_back_refusals([subject])
    if root is None:
        root = subject
        rows.add_links({person_id: subject})
    else:
        row.root_id = root
        row.save(update_fields=["root"])
    audit.record(event=Event.CLAIM_RESOLVED, actor=actor, at=at)
    return root


def refuse(subject: int, *, actor: Actor, at: datetime) -> None:
    """
    Take no more usage for an unclaimed subject; what was counted stays.

    Raises AlreadyClaimed for whoever belongs to a person, and for services.
    """
    _mark(subject, is_refused=True, actor=actor, at=at)


def readmit(subject: int, *, actor: Actor, at: datetime) -> None:
    """Take usage for a refused subject again; raises AlreadyClaimed."""
    _mark(subject, is_refused=False, actor=actor, at=at)


@transaction.atomic
def _mark(subject: int, *, is_refused: bool, actor: Actor, at: datetime) -> None:
    # Whoever claims it meanwhile deletes this row: one of the two is first.
    if Claim.objects.select_for_update().filter(pk=subject).first() is None:
        raise AlreadyClaimed
    if Subject.objects.filter(pk=subject, is_refused=not is_refused).update(is_refused=is_refused):
        event = Event.CLAIM_REFUSED if is_refused else Event.CLAIM_READMITTED
        audit.record(event=event, actor=actor, at=at)
