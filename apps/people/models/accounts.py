"""Accounts and what signs them in."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower


def new_stamp() -> str:
    """Return a fresh session stamp."""
    return secrets.token_hex(16)


class UserManager(BaseUserManager["User"]):
    """Finds accounts by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with this e-mail address."""
        return self.get(email__iexact=username)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator of the site; Django's own command calls this."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person's account; the e-mail address signs in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, verbose_name="may enter the admin")
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    session_stamp = models.CharField(
        max_length=32, default=new_stamp, editable=False, help_text="A new one ends all sessions."
    )
    added_by = models.CharField(
        max_length=120, blank=True, editable=False, help_text="Who added the account, by value."
    )
    role_given_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the role holds without a break."
    )
    role_given_by = models.CharField(
        max_length=120, blank=True, editable=False, help_text="Who gave the role, by value."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_email"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def shown_name(self) -> str:
        """The name, or the e-mail address's first part where no name is known."""
        return self.name or self.email.partition("@")[0]

    def get_session_auth_hash(self) -> str:
        """Tie every session to the stamp as well as to the password."""
        return f"{super().get_session_auth_hash()}{self.session_stamp}"


class ServiceAccount(models.Model):
    """A machine that works by itself; it competes in the automation lane under its label."""

    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=100)
    identity = models.CharField(max_length=200, help_text="The identity that its usage carries.")

    def __str__(self) -> str:
        return self.label


class Invitation(models.Model):
    """A link that lets one person make an account; only the digest of its secret is stored."""

    email = models.EmailField()
    role = models.CharField(max_length=20, default="employee")
    team = models.ForeignKey("people.Team", null=True, blank=True, on_delete=models.SET_NULL)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    invited_by = models.CharField(max_length=120, editable=False)
    invited_at = models.DateTimeField(editable=False)
    was_known = models.BooleanField(
        default=False,
        editable=False,
        help_text="The address had an account or usage; its link was mailed and not shown.",
    )
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.email


class PersonalToken(models.Model):
    """A token that signs a person in over REST; only its digest is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
