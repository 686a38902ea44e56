"""Who needs a second factor, where the company asks for one, and has none yet."""

from typing import Any, ClassVar

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from apps.common.errors import Refused
from apps.people import queries
from apps.people.models import User
from apps.people.roles import Role

_NEEDED_BY = {Role.ADMIN, Role.AUDITOR}


class SecondFactorRequired(Refused):
    """Raised when an administrator or auditor without a second factor asks for anything."""

    code: ClassVar[str] = "second_factor_required"
    title: ClassVar[str] = "Set up a second factor first."


def is_missing(user: Any) -> bool:
    """Tell whether this account may do nothing yet but set up a second factor."""
    if not settings.REQUIRE_MFA or not isinstance(user, User):
        return False
    return queries.role_of(user) in _NEEDED_BY and not is_mfa_enabled(user)
