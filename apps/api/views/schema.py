"""The OpenAPI document and the pages that show it; nothing of it comes from another host."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.api.problems import as_http
from apps.api.views.base import SignedIn


class _Problems(SignedIn):
    """Answers errors as problems, although the answers themselves are YAML and HTML."""

    def handle_exception(self, exc: Exception) -> Any:
        """Return the problem, rendered."""
        return as_http(super().handle_exception(exc))


class Schema(_Problems, SpectacularAPIView):
    """OpenAPI 3.1, as YAML or JSON."""


class Docs(_Problems, SpectacularSwaggerSplitView):
    """Swagger's pages, with their script in a file of its own: the policy allows no inline one."""

    url_name = "api-schema"
    template_name = "api/docs.html"
