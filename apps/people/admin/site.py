"""
The admin site's door, and what does not belong behind it.

Signing in goes through allauth, so that second factors and limits hold here
too. Stock pages that would hand out permissions past the log, or show what
second factors are made of, are taken away.
"""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model

admin.site.site_header = "Claudeonomics administration"
admin.site.site_title = "Claudeonomics"
admin.site.index_title = "People, definitions, permissions"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

_STOCK_PAGES: tuple[type[Model], ...] = (Group, EmailAddress, Authenticator)
for _model in _STOCK_PAGES:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
