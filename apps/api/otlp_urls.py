"""Routes of the OTLP receiver below `/otlp/`; exporters put no slash at the end."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from apps.api.problems import unknown_route
from apps.api.views import otlp

urlpatterns = [
    path("v1/metrics", otlp.Metrics.as_view(), name="otlp-metrics"),
    path("v1/logs", otlp.Logs.as_view(), name="otlp-logs"),
    path("v1/traces", otlp.Traces.as_view(), name="otlp-traces"),
    re_path("", csrf_exempt(login_not_required(unknown_route)), name="otlp-unknown"),
]
