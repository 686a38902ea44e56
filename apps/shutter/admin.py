"""
The switch in the Django admin: what is shut, since when, by whom and why, and the buttons.

Each button is a form that makes one call. Whether somebody may press it is
decided by the action, which logs a refusal; the page merely hides what would
be refused.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from apps.common import actors, clock, permissions
from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError
from apps.shutter import actions, queries, switch
from apps.shutter.models import Scope


@admin.register(Scope)
class ScopeAdmin(BoundedAdmin):
    """The switch in place of a list, and the usual message of each scope."""

    fields = ("message",)

    def get_urls(self) -> list[URLPattern]:
        """Add a target for each button."""
        buttons: dict[str, Callable[..., HttpResponse]] = {
            "close": self.close,
            "ask": self.ask,
            "approve": self.approve,
            "deny": self.deny,
        }
        targets = [
            path(f"{name}/", self.admin_site.admin_view(require_POST(view)), name=f"shutter_{name}")
            for name, view in buttons.items()
        ]
        return targets + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the switch."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "The switch",
            "opts": self.opts,
            "scopes": switch.scopes_for(request.user),
            "requests": switch.requests_for(request.user, at=clock.now()),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/shutter/scope/switch.html", context)

    def close(self, request: HttpRequest) -> HttpResponse:
        """Shut a scope, at once."""
        return _press(
            request,
            lambda: actions.close(
                scope=request.POST.get("scope", ""),
                actor=_actor(request),
                at=clock.now(),
                reason=request.POST.get("reason", ""),
                message=request.POST.get("message", ""),
            ),
            done="It is shut.",
        )

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Ask for a scope to be opened."""
        return _press(
            request,
            lambda: actions.ask_to_reopen(
                scope=request.POST.get("scope", ""),
                actor=_actor(request),
                reason=request.POST.get("reason", ""),
                at=clock.now(),
            ),
            done="Asked. Somebody else has to approve it within half an hour.",
        )

    def approve(self, request: HttpRequest) -> HttpResponse:
        """Stand behind a reopening."""
        return _press(
            request,
            lambda: actions.approve_reopening(
                request_id=request.POST.get("request", ""), actor=_actor(request), at=clock.now()
            ),
            done="Approved.",
        )

    def deny(self, request: HttpRequest) -> HttpResponse:
        """Refuse a reopening."""
        return _press(
            request,
            lambda: actions.deny_reopening(
                request_id=request.POST.get("request", ""), actor=_actor(request), at=clock.now()
            ),
            done="Denied. It stays shut.",
        )

    def save_model(self, request: HttpRequest, obj: Scope, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Set the usual message of a scope."""
        actions.change_message(
            scope=obj.slug, message=obj.message, actor=_actor(request), at=clock.now()
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the room to whoever may close something."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Scope | None = None) -> bool:
        """Ask for `close` on the scope, or on any."""
        if obj is not None:
            return permissions.may(request.user, "close", obj)
        return queries.closable(request.user).exists()

    def has_change_permission(self, request: HttpRequest, obj: Scope | None = None) -> bool:
        """Whoever may close a scope may set its words."""
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """There are three scopes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Scope | None = None) -> bool:  # noqa: ARG002
        """There are three scopes."""
        return False


def _press(request: HttpRequest, deed: Callable[[], object], *, done: str) -> HttpResponse:
    """Do what the button says, tell what came of it, and show the switch again."""
    try:
        deed()
    except ApplicationError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, done)
    return redirect(reverse("admin:shutter_scope_changelist"))


def _actor(request: HttpRequest) -> actors.Actor:
    account: Any = request.user
    return actors.user(account.pk, role="admin")
