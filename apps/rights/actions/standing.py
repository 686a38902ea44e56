"""Who may say whose work something is: administrators, about others."""

from typing import Any, ClassVar

from apps.common.errors import Refused
from apps.people import queries as people
from apps.people.roles import Role
from apps.shutter import queries as shutter
from apps.shutter.scopes import ScopeName


class NotAdministrator(Refused):
    """Raised when somebody else than an active administrator asks."""

    code: ClassVar[str] = "not_administrator"
    title: ClassVar[str] = "Only an administrator may do this."


def require_administrator(user: Any) -> None:
    """Raise NotAdministrator unless the account is open and an administrator's."""
    if not user.is_active or people.role_of(user) != Role.ADMIN:
        raise NotAdministrator


def require_names_open() -> None:
    """
    Raise Shuttered while everything is shut: then no name leaves on any page, of the admin neither.

    Asked inside the look's transaction and before the vault is opened, as the gate does.
    """
    shutter.require_open(ScopeName.ALL)
