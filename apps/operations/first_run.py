"""What an installation needs before it can serve: its tables and somebody who may administer it."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from apps.common import actors
from apps.people import actions as people


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """The account that was made; the password is shown this once."""

    email: str
    password: str


def migrate() -> None:
    """Bring the tables up to date; silent unless something fails."""
    call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Copy the static files together where the storage serves copies; else nothing is needed."""
    if "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"]:
        call_command("collectstatic", interactive=False, verbosity=0)


def ensure_administrator(*, at: datetime) -> FirstAdministrator | None:
    """Make the first administrator, unless one exists already."""
    if get_user_model().objects.filter(is_staff=True, is_active=True).exists():
        return None
    password = settings.FIRST_ADMIN_PASSWORD or secrets.token_urlsafe(18)
    people.add_person(
        email=settings.FIRST_ADMIN_EMAIL,
        name="First administrator",
        role="admin",
        password=password,
        actor=actors.command("launch"),
        at=at,
    )
    return FirstAdministrator(settings.FIRST_ADMIN_EMAIL, password)
