"""Being private, pseudonymous or named: carried through all rooms at once; never shut."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction

from apps.common.errors import Invalid
from apps.people import actions as people
from apps.people import queries
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import actions as rankings

PRIVATE = "private"
CHOICES = (PRIVATE, "pseudonymous", "named")


class UnknownVisibility(Invalid):
    """Raised when the choice is none of the three."""

    code: ClassVar[str] = "unknown_visibility"
    title: ClassVar[str] = "Visibility is private, pseudonymous or named."


@transaction.atomic
def choose_visibility(*, user: Any, visibility: str, at: datetime) -> None:
    """
    Record the person's choice; who chooses to be private leaves published releases at once.

    Raises `UnknownVisibility`.
    """
    if visibility not in CHOICES:
        raise UnknownVisibility
    actor = queries.actor_of(user)
    people.record_choice(person_id=user.pk, visibility=visibility, actor=actor, at=at)
    if visibility == PRIVATE:
        subject = pseudonyms.subject_of(user.pk)
        if subject is not None:
            rankings.strike(subject, at=at)
