"""Enrolling people and service accounts: each gets one root subject and its aliases."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.common.errors import Refused
from apps.pseudonyms import keyring, lookups, queries, rows
from apps.pseudonyms.actions.subjects import subjects_for
from apps.pseudonyms.enrolling import IdentityTaken, Plan
from apps.pseudonyms.identities import Identity
from apps.pseudonyms.models import Subject

_ATTEMPTS = 5


class IdentityKnown(Refused):
    """Raised when an identity has reported usage before it was declared a service."""

    code = "identity_known"
    status = 409
    title = (
        "Usage has arrived under this identity already, and it may be a person's: "
        "declare a service before its usage arrives."
    )


class _Overtaken(Exception):
    """Somebody else enrolled or claimed one of the subjects meanwhile; read again."""


def enrol_people(
    people: Mapping[int, Sequence[Identity]],
    *,
    at: datetime,  # noqa: ARG001  (part of every action; nothing here keeps a time)
) -> dict[int, int]:
    """
    Return the root subject of each person (id), made where there is none, with these aliases.

    An unclaimed subject that carries one of the identities becomes the root or is claimed for
    it. Doing it again changes nothing. Raises IdentityTaken and EmptyIdentity.
    """
    attempts = 0
    while True:
        try:
            with transaction.atomic():
                return _enrol(people)
        except (IntegrityError, _Overtaken):
            # A concurrent writer was faster with one of the rows; the next reading sees its work.
            attempts += 1
            if attempts == _ATTEMPTS:
                raise


def known_service(identity: Identity) -> int | None:
    """
    Return the subject of what is a service already, None for what nobody knows.

    Raises IdentityTaken for a person's and IdentityKnown for what has reported usage: that
    may be somebody without an account, who would show on a board without having chosen it.
    """
    found = queries.known_subjects([identity]).get(identity)
    if found is None:
        return None
    if found.is_service:
        return found.subject
    raise IdentityTaken if lookups.owned_roots([found.subject]) else IdentityKnown


def enrol_service(identity: Identity, *, at: datetime) -> int:
    """Return the subject of a service account; raises what `known_service` raises."""
    with transaction.atomic():
        known = known_service(identity)
        if known is not None:
            return known
        found = subjects_for([identity], at=at)[identity]
        if not rows.remove_claims([found.subject]):
            raise IdentityTaken
        Subject.objects.filter(pk=found.subject).update(is_service=True)
        return found.subject


def _enrol(people: Mapping[int, Sequence[Identity]]) -> dict[int, int]:
    keyring.keep_digest()
    plan = Plan.of(people)
    # Aliases first: in the order of their digests, as intake inserts them too.
    rows.add_aliases(plan.aliases)
    if rows.remove_claims(plan.resolved) != len(plan.resolved):
        raise _Overtaken
    rows.take_back_refusals(plan.resolved)
    rows.add_subjects(plan.fresh)
    rows.add_links(plan.links)
    for subject, root in sorted(plan.claimed.items()):
        Subject.objects.filter(pk=subject).update(root=root)
    return plan.roots
