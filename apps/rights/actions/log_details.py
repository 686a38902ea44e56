"""
What the log says of a person in words, erased; that something happened stays.

The log's leaves, heads and proofs hold nobody's name, so they stay as they are.
"""

from datetime import datetime

from apps.audit import actions as audit
from apps.audit.erasures import Basis
from apps.audit.events import Event
from apps.common import actors
from apps.common.actors import Actor
from apps.disclosure.alerts import answering
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.usage import queries as usage


def erase_log_details(email: str, *, basis: Basis, actor: Actor, at: datetime) -> audit.Erased:
    """
    Erase a person's details from the log, for a reason that stays in it; raises `UnknownPerson`.

    Their personal sources count as they do, and alerts forget them too. Neither the
    person nor the address is in the entry that says so.
    """
    with audit.refusals_recorded(event=Event.DETAILS_ERASED, actor=actor, at=at):
        card = people.person_by_email(email)
    references = [f"user:{card.id}"]
    root = pseudonyms.subject_of(card.id)
    if root is not None:
        slugs = usage.slugs_of(pseudonyms.family_of(root))
        references += [actors.source(slug).reference for slug in slugs]
    erased = audit.erase_person(references, words=[card.email], basis=basis, actor=actor, at=at)
    answering.forget_actors(references)
    return erased
