"""The OpenAPI document and the pages that show it; nothing of it comes from another host."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Schema(SpectacularAPIView):
    """OpenAPI 3.1, as YAML or JSON."""


class Docs(SpectacularSwaggerSplitView):
    """Swagger's pages, with their script in a file of its own: the policy allows no inline one."""

    url_name = "api-schema"
    template_name = "api/docs.html"
