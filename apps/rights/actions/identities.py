"""
Unknown identities: names under which usage arrived, and which belong to nobody yet.

Only an administrator sees them, without any figure, and each look is written
down. Saying whose one is moves all its usage to that person, so nobody says so
about themself, nor about an account that they have lately added: another
administrator has to. The log names neither the person nor the identity: what a claim
moves lies beside subjects, and the two together would tie them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.errors import Refused
from apps.people import queries as people
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import handles, vault
from apps.rights.actions.standing import require_administrator, require_names_open
from apps.usage import actions as usage

ROWS_PER_PAGE = 100
_NEW = timedelta(days=30)

_ITEM = audit.Item("claims", "waiting")
_REFUSED = audit.Item("claims", "refused")


class OwnClaim(Refused):
    """Raised when an administrator would take an identity for themself."""

    code: ClassVar[str] = "own_claim"
    title: ClassVar[str] = "Another administrator has to say that this is yours."


class NewAccount(Refused):
    """Raised when the account was added by the same administrator, and not long ago."""

    code: ClassVar[str] = "new_account"
    title: ClassVar[str] = (
        "You added or invited this account within the last 30 days: another administrator "
        "has to say that this is its person's."
    )


@dataclass(frozen=True, slots=True)
class WaitingIdentity:
    """A name and what sort of name it is, when it was first seen, and how the page calls it."""

    handle: str
    value: str
    kind: str
    first_seen_on: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of identities, of how many in all; pages count from 1."""

    rows: list[WaitingIdentity]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // ROWS_PER_PAGE))


def waiting_identities(
    *, user: Any, at: datetime, containing: str = "", is_refused: bool = False, page: int = 1
) -> Waiting:
    """
    Return identities that wait to be claimed, the earliest first; or those that were refused.

    `containing` keeps those that hold this text, in any case. Raises Shuttered and
    NotAdministrator.
    """
    actor = people.actor_of(user)
    item = _REFUSED if is_refused else _ITEM
    with (
        audit.refusals_recorded(event=Event.CLAIMS_LISTED, actor=actor, at=at, item=item),
        transaction.atomic(),
    ):
        require_names_open()
        require_administrator(user)
        found, total = vault.open_claims(
            limit=ROWS_PER_PAGE,
            offset=(page - 1) * ROWS_PER_PAGE,
            containing=containing,
            is_refused=is_refused,
        )
        # What was searched for is left out: it is a name, or a part of one.
        rule = "searched" if containing else "listed"
        audit.record(
            event=Event.CLAIMS_LISTED, actor=actor, at=at, item=item, count=len(found), rule=rule
        )
    rows = [
        WaitingIdentity(
            handle=handles.handle_of(each.subject, viewer=user.pk),
            value=each.identity.value,
            kind=each.identity.kind.value,
            first_seen_on=each.first_seen_on,
        )
        for each in found
    ]
    return Waiting(rows, total, page)


def claim_identity(*, user: Any, handle: str, email: str, at: datetime) -> str:
    """
    Give an identity and all its usage to the person with this address; return their name.

    Nothing is counted anew. Raises NotAdministrator, UnknownHandle, UnknownPerson, OwnClaim,
    NewAccount and AlreadyClaimed.
    """
    actor = people.actor_of(user)
    with (
        audit.refusals_recorded(event=Event.CLAIM_RESOLVED, actor=actor, at=at, item=_ITEM),
        transaction.atomic(),
    ):
        require_administrator(user)
        subject = handles.subject_behind(handle, viewer=user.pk)
        card = people.person_by_email(email)
        if card.id == user.pk:
            raise OwnClaim
        if people.was_added_by(card.id, giver=actor.reference, since=at - _NEW):
            raise NewAccount
        root = pseudonyms.claim(subject, person_id=card.id, actor=actor, at=at)
        usage.settle_lanes(root)
        usage.settle_subjects([subject, root])
    return card.name


def refuse_identity(*, user: Any, handle: str, at: datetime) -> None:
    """
    Take no more usage under an identity; what was counted stays in the company's totals.

    Raises NotAdministrator, UnknownHandle and AlreadyClaimed.
    """
    actor = people.actor_of(user)
    with (
        audit.refusals_recorded(event=Event.CLAIM_REFUSED, actor=actor, at=at, item=_ITEM),
        transaction.atomic(),
    ):
        require_administrator(user)
        subject = handles.subject_behind(handle, viewer=user.pk)
        pseudonyms.refuse(subject, actor=actor, at=at)


def readmit_identity(*, user: Any, handle: str, at: datetime) -> None:
    """Take a refusal back: the identity waits again. Raises what `refuse_identity` raises."""
    actor = people.actor_of(user)
    with (
        audit.refusals_recorded(event=Event.CLAIM_READMITTED, actor=actor, at=at, item=_REFUSED),
        transaction.atomic(),
    ):
        require_administrator(user)
        subject = handles.subject_behind(handle, viewer=user.pk)
        pseudonyms.readmit(subject, actor=actor, at=at)
