"""The one URL table: the log's tree, pages, REST, OTLP, health, sign-in and the Django admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("audit/", include("apps.api.audit_urls")),
    path("", include("apps.web.urls")),
    path("api/v1/", include("apps.api.urls")),
    path("otlp/", include("apps.api.otlp_urls")),
    path("", include("apps.operations.urls")),
    path("accounts/", include("apps.people.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
