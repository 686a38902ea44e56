"""
The admin site's door, and what does not belong behind it.

Signing in, leaving and changing a password go through allauth, so that second
factors, limits and the log hold here too. Stock pages that would hand out
permissions past the log, or show what second factors are made of, are gone.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

admin.site.site_header = "Claudeonomics administration"
admin.site.site_title = "Claudeonomics"
admin.site.index_title = "People, definitions, permissions"


def _leave(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    if request.method == "POST":
        get_adapter(request).logout(request)
    return redirect("account_login")


def _change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    return redirect("account_change_password")


_site: Any = admin.site
_site.login = secure_admin_login(_site.login)
_site.logout = _leave
_site.password_change = _change_password

_STOCK_PAGES: tuple[type[Model], ...] = (Group, EmailAddress, Authenticator)
for _model in _STOCK_PAGES:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
