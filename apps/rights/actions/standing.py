"""Who may say whose work something is: administrators, about others."""

from typing import Any, ClassVar

from apps.common import actors
from apps.common.actors import Actor
from apps.common.errors import Refused
from apps.people import queries as people
from apps.people.roles import Role


class NotAdministrator(Refused):
    """Raised when somebody else than an active administrator asks."""

    code: ClassVar[str] = "not_administrator"
    title: ClassVar[str] = "Only an administrator may do this."


def actor_of(user: Any) -> Actor:
    """Return the account as an actor, in its role."""
    return actors.user(user.pk, role=people.role_of(user))


def require_administrator(user: Any) -> None:
    """Raise NotAdministrator unless the account is open and an administrator's."""
    if not user.is_active or people.role_of(user) != Role.ADMIN:
        raise NotAdministrator
