"""Invitations in the admin; a link is shown once, on the page that made it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from apps.common import clock
from apps.common.errors import ApplicationError
from apps.people import actions
from apps.people.admin.base import RecordedAdmin, actor_of
from apps.people.models import Invitation
from apps.people.roles import Role


class InvitationForm(forms.ModelForm):
    """Whom to invite, as what, into which team."""

    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])

    class Meta:
        model = Invitation
        fields = ("email", "role", "team")


@admin.register(Invitation)
class InvitationAdmin(RecordedAdmin):
    """Invitations, open and used."""

    form = InvitationForm
    list_display = ("email", "role", "team", "invited_at", "expires_at", "accepted_at")
    search_fields = ("email",)
    ordering = ("-invited_at",)

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """An invitation is made anew and not changed."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Invite, and show the link instead of going back to the list."""
        if request.method != "POST" or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        form = InvitationForm(request.POST)
        if not form.is_valid():
            return super().add_view(request, form_url, extra_context)
        team = form.cleaned_data["team"]
        try:
            invited = actions.invite(
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                team=team.slug if team else None,
                actor=actor_of(request),
                at=clock.now(),
            )
        except ApplicationError as bad:
            self.message_user(request, bad.detail, "ERROR")
            request.method = "GET"
            return super().add_view(request, form_url, extra_context)
        return show_link(request, invited, email=form.cleaned_data["email"])


def show_link(request: HttpRequest, invited: actions.Invited, *, email: str) -> HttpResponse:
    """Return the one page that shows the link; nothing may keep a copy of it."""
    context = {
        **admin.site.each_context(request),
        "title": "The invitation is ready",
        "invited": invited,
        "email": email,
    }
    response = TemplateResponse(request, "admin/people/invited.html", context)
    add_never_cache_headers(response)
    return response
