"""
How signing in fits this house: no sign-up, and every sign-in, failure and sign-out is written down.

The address that somebody typed is never recorded: it may be a password typed
into the wrong field.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, clock
from apps.people import queries
from apps.people.models import User
from apps.people.queries import UnknownPerson


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up and records what happens at the door."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        """Refuse: people are added or invited."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the person in; without its row in the log there is no session."""
        with transaction.atomic():
            super().login(request, user)
            _record(Event.SIGNED_IN, user)

    def logout(self, request: HttpRequest) -> None:
        """Sign the person out."""
        user = request.user
        with transaction.atomic():
            super().logout(request)
            if isinstance(user, User):
                _record(Event.SIGNED_OUT, user)

    def set_password(self, user: User, password: str) -> None:
        """Set the password, after a change or a reset; every other session ends."""
        with transaction.atomic():
            super().set_password(user, password)
            _record(Event.PASSWORD_CHANGED, user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that somebody failed to sign in, and to whose account if there is one."""
        super().authentication_failed(request, **credentials)
        try:
            subject = f"user:{queries.person_by_email(credentials.get('email') or '').id}"
        except UnknownPerson:
            subject = None
        audit.record_refusal(
            event=Event.SIGN_IN_FAILED,
            actor=actors.ANONYMOUS,
            at=clock.now(),
            rule="bad_credentials",
            subject=subject,
        )


def record_second_factor(event: Event, user: User, kind: str) -> None:
    """Record that a second factor was set up or taken away."""
    with transaction.atomic():
        _record(event, user, kind=kind)


def _record(event: Event, user: User, **parameters: str) -> None:
    audit.record(
        event=event,
        actor=actors.user(user.pk, role=queries.role_of(user)),
        at=clock.now(),
        subject=f"user:{user.pk}",
        parameters=dict(parameters),
    )
