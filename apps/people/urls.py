"""Routes under /accounts/ that stand before allauth's own."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from apps.people import views

urlpatterns = [
    path("invitation/<str:token>/", views.invitation, name="people_invitation"),
    path("tokens/", views.Tokens.as_view(), name="people_tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke_token, name="people_revoke_token"),
    path("email/", views.closed),
    path("confirm-email/", login_not_required(views.closed)),
    path("confirm-email/<str:key>/", login_not_required(views.closed)),
]
