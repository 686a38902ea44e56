"""The named people of the suite, made through the rooms' own actions."""

from datetime import datetime
from typing import Any

from apps.common import actors
from apps.people import actions as people

PASSWORD = "correct horse battery staple"


def add(name: str, *, at: datetime, role: str = "employee", visibility: str | None = None) -> Any:
    """Add a person through the room's action and return the account."""
    from django.contrib.auth import get_user_model

    card = people.add_person(
        email=f"{name}@corp.example",
        name=name.capitalize(),
        role=role,
        visibility=visibility,
        password=PASSWORD,
        actor=actors.command("tests"),
        at=at,
    )
    return get_user_model().objects.get(pk=card.id)
