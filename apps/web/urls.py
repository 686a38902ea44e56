"""The addresses of the pages; each ends in a slash."""

from django.urls import path

from apps.web import continuation, oversight, views

urlpatterns = [
    path("", views.own_record, name="record"),
    path("boards/", views.board_list, name="boards"),
    path("boards/<slug:slug>/", views.board, name="board"),
    path("badges/", views.badges, name="badges"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/disclosures/", views.disclosures, name="disclosures"),
    path("reports/", views.reports, name="reports"),
    path("audit/", views.audit, name="audit"),
    path("audit/continue/", continuation.continuation, name="continue"),
    path("coverage/", oversight.coverage, name="coverage"),
    path("reconciliation/", oversight.reconciliation, name="reconciliation"),
]
