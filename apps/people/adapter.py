"""
How signing in fits this house: no sign-up, and every sign-in, failure and sign-out is written down.

The address that somebody typed is never recorded: it may be a password typed
into the wrong field. What a mail or a limit says of this installation comes
from its settings and never from the request, whose sender chooses the host.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, clock
from apps.people import queries, sealing
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

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link that a mail carries, at the address of the settings."""
        name = "account_reset_password_from_key"
        path = reverse(name, kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", quote(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names this installation as the settings do."""
        about = {
            "email": email,
            "current_site": {"name": "Claudeonomics", "domain": urlsplit(settings.BASE_URL).netloc},
        }
        self.render_mail(template_prefix, email, about | context).send()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        # allauth's own holds the host and its port: each port would be five more guesses.
        return f"{credentials.get('email') or ''}".lower()

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


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seals what second factors are made of."""

    _MARK = "sealed:"

    def encrypt(self, text: str) -> str:
        """Return the text sealed."""
        return self._MARK + sealing.close(text, purpose=sealing.Purpose.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text; raise `SealBroken` unless this installation sealed it."""
        # What was set up before there were seals stays good; whoever can write there needs none.
        if not encrypted_text.startswith(self._MARK):
            return encrypted_text
        sealed = encrypted_text.removeprefix(self._MARK)
        return sealing.opened(sealed, purpose=sealing.Purpose.SECOND_FACTOR)


def record_second_factor(event: Event, user: User, kind: str) -> None:
    """Record that a second factor was set up or taken away."""
    with transaction.atomic():
        _record(event, user, kind=kind)


def _record(event: Event, user: User, **parameters: str) -> None:
    audit.record(
        event=event,
        actor=queries.actor_of(user),
        at=clock.now(),
        subject=f"user:{user.pk}",
        parameters=dict(parameters),
    )
