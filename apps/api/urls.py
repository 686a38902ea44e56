"""Routes of REST below `/api/v1/`; without a slash at the end."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from apps.api.problems import unknown_route
from apps.api.views import alerts, boards, intake, log, me, schema, switch

urlpatterns = [
    path("me", me.Me.as_view(), name="api-me"),
    path("me/usage", me.Usage.as_view(), name="api-me-usage"),
    path("me/badges", me.Badges.as_view(), name="api-me-badges"),
    path("me/standings", me.Standings.as_view(), name="api-me-standings"),
    path("me/sessions", me.Sessions.as_view(), name="api-me-sessions"),
    path("me/disclosures", me.Disclosures.as_view(), name="api-me-disclosures"),
    path("me/visibility", me.Visibility.as_view(), name="api-me-visibility"),
    path("boards", boards.Boards.as_view(), name="api-boards"),
    path("boards/<slug:slug>", boards.Board.as_view(), name="api-board"),
    path("status", switch.Status.as_view(), name="api-status"),
    path("closures", switch.Closures.as_view(), name="api-closures"),
    path("usage/records", intake.Records.as_view(), name="api-usage-records"),
    path("usage/uploads/<uuid:upload_id>", intake.Upload.as_view(), name="api-usage-upload"),
    path("audit/events", log.Events.as_view(), name="api-audit-events"),
    path("audit/alerts", alerts.Alerts.as_view(), name="api-audit-alerts"),
    path("schema", schema.Schema.as_view(), name="api-schema"),
    path("docs", schema.Docs.as_view(), name="api-docs"),
    re_path("", login_not_required(unknown_route), name="api-unknown"),
]
