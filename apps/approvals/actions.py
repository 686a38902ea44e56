"""
Asking for what two people must agree on, approving and denying it.

Two different signed-in people stand behind an approved request. Whoever asks
signed in is one of them; asked from the command line, two must approve. Neither
may have got their account or their role from the other (`standing`). These
are parts of a larger action: they run in its transaction, and the room that
asks writes the log, under its own event and around the transaction, where a
refusal is not rolled back. Whether somebody may approve at all is that room's
question too.
"""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from apps.approvals import standing
from apps.approvals.models import Request
from apps.approvals.queries import RequestView, request_view
from apps.common.actors import Actor, ActorKind
from apps.common.errors import NotFound, Refused


class SamePerson(Refused):
    """Raised when one person would stand behind a request twice."""

    code = "same_person"
    status = 409
    title = "Somebody else has to approve this: the same person does not count twice."


class NobodySignedIn(Refused):
    """Raised when something else than a signed-in person decides."""

    code = "sign_in_needed"
    title = "Only a signed-in person can decide this."


class AlreadyAsked(Refused):
    """Raised when the same is waiting for approval already."""

    code = "already_asked"
    status = 409
    title = "This has been asked for already and waits for approval."


class NoLongerPending(Refused):
    """Raised when a request has been decided, or its time is over."""

    code = "no_longer_pending"
    status = 409
    title = "This request has been decided already, or its time is over."


class UnknownRequest(NotFound):
    """Raised for a request that does not exist, or was made for another purpose."""

    code = "unknown_request"
    title = "There is no such request."


@transaction.atomic
def ask(  # noqa: PLR0913 - a request is these
    *, purpose: str, target: str, actor: Actor, reason: str, at: datetime, lifetime: timedelta
) -> RequestView:
    """Ask for something; it can be approved for `lifetime`. Raises `AlreadyAsked`."""
    _expire(purpose=purpose, target=target, at=at)
    try:
        with transaction.atomic():
            request = Request.objects.create(
                purpose=purpose,
                target=target,
                reason=reason,
                asked_by=actor.reference,
                asked_at=at,
                expires_at=at + lifetime,
                first_by=actor.reference if actor.kind is ActorKind.USER else None,
            )
    except IntegrityError as clash:
        raise AlreadyAsked from clash
    return request_view(request)


@transaction.atomic
def approve(
    *, purpose: str, request_id: uuid.UUID | str, actor: Actor, at: datetime
) -> RequestView:
    """
    Stand behind a request; with the second person it `is_complete`.

    Raises `SamePerson`, `NotIndependent`, `NobodySignedIn`, `NoLongerPending` or
    `UnknownRequest`.
    """
    request = _pending(purpose=purpose, request_id=request_id, at=at)
    person = _signed_in(actor)
    if person in (request.first_by, request.second_by):
        raise SamePerson
    if request.first_by is None:
        request.first_by = person
        request.save(update_fields=["first_by"])
        return request_view(request)
    standing.require_independence([request.first_by, person])
    request.second_by = person
    request.state = Request.State.APPROVED
    request.decided_by = person
    request.decided_at = at
    request.save(update_fields=["second_by", "state", "decided_by", "decided_at"])
    return request_view(request)


@transaction.atomic
def deny(*, purpose: str, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """
    End a request; one person suffices, also the one who asked.

    Raises `NobodySignedIn`, `NoLongerPending` or `UnknownRequest`.
    """
    request = _pending(purpose=purpose, request_id=request_id, at=at)
    request.state = Request.State.DENIED
    request.decided_by = _signed_in(actor)
    request.decided_at = at
    request.save(update_fields=["state", "decided_by", "decided_at"])
    return request_view(request)


def _expire(*, purpose: str, target: str, at: datetime) -> None:
    """Let requests go whose time is over, so that the same can be asked again."""
    Request.objects.filter(
        purpose=purpose, target=target, state=Request.State.PENDING, expires_at__lte=at
    ).update(state=Request.State.EXPIRED, decided_by="task:expiry", decided_at=at)


def _pending(*, purpose: str, request_id: uuid.UUID | str, at: datetime) -> Request:
    """Return the request, locked until the transaction ends."""
    try:
        wanted = uuid.UUID(str(request_id))
        request = Request.objects.select_for_update().get(pk=wanted, purpose=purpose)
    except (ValueError, Request.DoesNotExist) as missing:
        raise UnknownRequest from missing
    if request.state != Request.State.PENDING or request.expires_at <= at:
        raise NoLongerPending
    return request


def _signed_in(actor: Actor) -> str:
    if actor.kind is not ActorKind.USER:
        raise NobodySignedIn
    return actor.reference
