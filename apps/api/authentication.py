"""
Who asks over REST: a person by personal token or session, a collector by source token.

Tokens travel as `Authorization: Bearer`; a wrong one is refused, never ignored,
so that nobody acts by a session when they meant a token.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.common import clock
from apps.people import queries as people
from apps.usage import credentials

_SCHEME = "bearer"
_LONGEST = 200


class BearerAuthentication(BaseAuthentication):
    """What both kinds of tokens share: where they stand and how their absence is answered."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return who the token stands for; None without one, and a wrong one is refused."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        if scheme.lower() != _SCHEME:
            return None
        found = self.holder_of(token) if 0 < len(token) <= _LONGEST else None
        if found is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return found

    def holder_of(self, token: str) -> tuple[Any, Any] | None:
        """Return account and credential for the token, or None."""
        raise NotImplementedError

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 answer asks for."""
        del request
        return 'Bearer realm="claudeonomics"'


class PersonalTokenAuthentication(BearerAuthentication):
    """A person by their personal access token."""

    def holder_of(self, token: str) -> tuple[Any, Any] | None:
        """Return the account that the personal token signs in now."""
        user = people.user_for_token(token, at=clock.now())
        return (user, None) if user is not None else None


class SourceTokenAuthentication(BearerAuthentication):
    """A collector by its source token; it is nobody's account and stands in `request.auth`."""

    def holder_of(self, token: str) -> tuple[Any, Any] | None:
        """Return nobody's account and the source that the token belongs to."""
        source = credentials.source_for_token(token)
        return (AnonymousUser(), source) if source is not None else None


class IsSource(BasePermission):
    """Lets collectors in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether a source's token was sent."""
        del view
        return request.auth is not None


class PersonalTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes personal tokens in the schema."""

    target_class = PersonalTokenAuthentication
    name = "personalToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI description."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A personal access token."}


class SourceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes source tokens in the schema."""

    target_class = SourceTokenAuthentication
    name = "sourceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI description."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A source's token."}
