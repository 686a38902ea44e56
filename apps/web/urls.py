"""The addresses of the pages; each ends in a slash."""

from django.urls import path

from apps.web import alerts, continuation, log, log_pack, oversight, views

urlpatterns = [
    path("", views.own_record, name="record"),
    path("boards/", views.board_list, name="boards"),
    path("boards/<slug:slug>/", views.board, name="board"),
    path("badges/", views.badges, name="badges"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/disclosures/", log.disclosures, name="disclosures"),
    path("reports/", views.reports, name="reports"),
    path("audit/", log.audit, name="audit"),
    path("audit/pack", log_pack.pack, name="audit-pack"),
    path("audit/alerts/", alerts.alerts, name="alerts"),
    path("audit/alerts/<uuid:alert_id>/seen/", alerts.seen, name="alert-seen"),
    path("audit/continue/", continuation.continuation, name="continue"),
    path("coverage/", oversight.coverage, name="coverage"),
    path("reconciliation/", oversight.reconciliation, name="reconciliation"),
]
