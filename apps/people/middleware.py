"""Holds back those who need a second factor until they have set one up."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from apps.people import second_factor

# What leads to a second factor, or out.
_OPEN = {"account_login", "account_logout", "account_reauthenticate"}


class SecondFactorMiddleware:
    """
    Sends administrators and auditors without a second factor to where they set it up.

    REST signs in by itself, later than this: its base view asks there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the question is asked once the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponseBase | None:
        """Answer in the view's place when the second factor is missing."""
        if not settings.REQUIRE_MFA or not getattr(view, "login_required", True):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in _OPEN or (name or "").startswith("mfa_"):
            return None
        return redirect("mfa_activate_totp") if second_factor.is_missing(request.user) else None
