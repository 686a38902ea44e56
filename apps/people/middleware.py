"""Holds back those who need a second factor until they have set one up."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from apps.people import queries
from apps.people.models import User
from apps.people.roles import Role

_NEEDED_BY = {Role.ADMIN, Role.AUDITOR}
# What leads to a second factor, or out.
_OPEN = {"account_login", "account_logout", "account_reauthenticate"}


class SecondFactorMiddleware:
    """Sends administrators and auditors without a second factor to where they set it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the question is asked once the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponseBase | None:
        """Answer in the view's place when the second factor is missing."""
        if not settings.REQUIRE_MFA or not getattr(view, "login_required", True):
            return None
        user = request.user
        name = request.resolver_match.url_name if request.resolver_match else None
        if not isinstance(user, User) or name in _OPEN or (name or "").startswith("mfa_"):
            return None
        if queries.role_of(user) not in _NEEDED_BY or is_mfa_enabled(user):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(
                {
                    "type": "about:blank",
                    "title": "Set up a second factor first.",
                    "status": 403,
                    "code": "second_factor_needed",
                },
                status=403,
                content_type="application/problem+json",
            )
        return redirect("mfa_activate_totp")
