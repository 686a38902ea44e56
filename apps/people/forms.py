"""What people fill in: a password on an invitation, a token's name, an address for a reset."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest

from apps.people import names, tasks
from apps.people.models import User


class InvitationForm(forms.Form):
    """The name and the password of somebody who accepts an invitation."""

    name = forms.CharField(
        max_length=names.LONGEST_PERSON,
        label="Your name",
        validators=[names.validate_printable],
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="A password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 15 characters; a sentence is fine.",
    )
    again = forms.CharField(
        label="The password again",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords, and weak ones."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and password != cleaned.get("again"):
            self.add_error("again", "The two passwords differ.")
        if password:
            person = User(email=self.email, name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return cleaned


class TokenForm(forms.Form):
    """What a new personal token is for, and how long it lives."""

    name = forms.CharField(max_length=100, label="What is it for?")
    days = forms.TypedChoiceField(
        label="It works for",
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")],
        initial=30,
    )

    @property
    def lifetime(self) -> timedelta:
        """How long the token shall live."""
        return timedelta(days=self.cleaned_data["days"])


class ResetPasswordForm(AllauthResetPasswordForm):
    """Asks for an address; the answer takes as long for one that nobody has."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:  # noqa: ARG002  allauth's signature
        """Have the link mailed by a worker; a stranger's request goes the same way, to nobody."""
        for person_id in [user.pk for user in self.users] or [tasks.NOBODY]:
            tasks.mail_password_reset.delay(person_id=person_id)
        return str(self.cleaned_data["email"])
