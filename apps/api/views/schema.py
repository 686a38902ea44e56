"""
The OpenAPI document and the pages that show it; nothing of it comes from another host.

They are open to anyone: a client starts here, and they tell of routes and not of people.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.problems import as_http
from apps.api.views.base import SignedIn


class _Problems(SignedIn):
    """Answers errors as problems, although the answers themselves are YAML and HTML."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def handle_exception(self, exc: Exception) -> Any:
        """Return the problem, rendered."""
        return as_http(super().handle_exception(exc))


class Schema(_Problems, SpectacularAPIView):
    """OpenAPI 3.1, as YAML or JSON; the one document, whatever language or version is asked for."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the document."""
        del args, kwargs
        answer: Response = self._get_schema_response(request)  # type: ignore[no-untyped-call]
        return answer

    def _get_version_parameter(self, request: Request) -> None:
        # What anybody writes there would land in the document and in a header.
        del request


class Docs(_Problems, SpectacularSwaggerSplitView):
    """Swagger's pages, with their script in a file of its own: the policy allows no inline one."""

    url_name = "api-schema"
    template_name = "api/docs.html"
