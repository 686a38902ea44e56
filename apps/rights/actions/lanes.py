"""
Saying in which lane somebody's work competes, and seeing what was decided.

Whose work it is stands on the page, never in the log: beside the decision it
would tie a person to a subject. No figure is shown, and nobody decides about
their own work.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.errors import Refused
from apps.people import queries as people
from apps.pseudonyms import handles, vault
from apps.pseudonyms import queries as pseudonyms
from apps.rights.actions.standing import require_administrator, require_names_open
from apps.usage import actions as usage
from apps.usage import queries as usage_queries

NOBODY = "nobody any more"


class OwnLane(Refused):
    """Raised when an administrator would decide about their own work."""

    code: ClassVar[str] = "own_lane"
    title: ClassVar[str] = "Another administrator has to decide about your own work."


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as administrators see it: about whose work, into which lane, and why."""

    handle: str
    whose: str
    tool: str
    since: date | None
    is_automation: bool
    is_pattern: bool
    explanation: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator decides: which work, into which lane, and why."""

    lane: usage.Lane
    why: usage.Why


def lane_decisions(*, user: Any, at: datetime) -> list[Decided]:
    """Return every decision, the latest first; raises Shuttered and NotAdministrator."""
    actor = people.actor_of(user)
    with (
        audit.refusals_recorded(event=Event.LANES_LISTED, actor=actor, at=at),
        transaction.atomic(),
    ):
        require_names_open()
        require_administrator(user)
        found = usage_queries.lane_decisions()
        names = _names({each.subject for each in found})
        audit.record(event=Event.LANES_LISTED, actor=actor, at=at, count=len(found))
    return [
        Decided(
            handle=handles.handle_of(each.subject, viewer=user.pk),
            whose=names.get(each.subject, NOBODY),
            tool=each.tool,
            since=each.since,
            is_automation=each.is_automation,
            is_pattern=each.is_pattern,
            explanation=each.explanation,
            decided_on=each.decided_on,
        )
        for each in found
    ]


def decide_lane(*, user: Any, email: str, decision: Decision, at: datetime) -> None:
    """
    Let the work of the person with this address compete in a lane.

    Raises NotAdministrator, UnknownPerson, OwnLane, UnknownTool and Contradiction.
    """
    with _recorded(user, at), transaction.atomic():
        require_administrator(user)
        card = people.person_by_email(email)
        subject = pseudonyms.subject_of(card.id)
        if subject is None:
            raise people.UnknownPerson
        _decide(user, subject, decision, at=at)


def decide_lane_of_identity(*, user: Any, handle: str, decision: Decision, at: datetime) -> None:
    """
    Let work under an identity that nobody has claimed compete in a lane, also once it is claimed.

    Raises NotAdministrator, UnknownHandle and UnknownTool.
    """
    with _recorded(user, at), transaction.atomic():
        require_administrator(user)
        _decide(user, handles.subject_behind(handle, viewer=user.pk), decision, at=at)


def withdraw_lane(*, user: Any, handle: str, tool: str, at: datetime) -> None:
    """
    Let work compete as it was reported again.

    Raises NotAdministrator, UnknownHandle, OwnLane and UnknownDecision.
    """
    with _recorded(user, at), transaction.atomic():
        require_administrator(user)
        subject = handles.subject_behind(handle, viewer=user.pk)
        _require_anothers(user, subject)
        usage.withdraw_lane(subject, tool=tool, actor=people.actor_of(user), at=at)


def _decide(user: Any, subject: int, decision: Decision, *, at: datetime) -> None:
    _require_anothers(user, subject)
    usage.decide_lane(
        subject, lane=decision.lane, why=decision.why, actor=people.actor_of(user), at=at
    )


def _require_anothers(user: Any, subject: int) -> None:
    if pseudonyms.root_of(subject) == pseudonyms.subject_of(user.pk):
        raise OwnLane


def _recorded(user: Any, at: datetime) -> Any:
    """Return what stands around the transaction and writes a refusal down."""
    return audit.refusals_recorded(event=Event.LANE_DECIDED, actor=people.actor_of(user), at=at)


def _names(subjects: set[int]) -> dict[int, str]:
    """Return by whose name each subject goes: a person's, a service's, or an unclaimed one."""
    persons = vault.people_of(subjects)
    cards = people.cards_of(set(persons.values()))
    labels = people.service_labels()
    names = {subject: identity.value for subject, identity in vault.claims_of(subjects).items()}
    names |= {subject: labels[subject] for subject in subjects if subject in labels}
    return names | {
        subject: cards[person].email for subject, person in persons.items() if person in cards
    }
