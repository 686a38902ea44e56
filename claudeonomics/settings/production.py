"""A served installation: secrets and URLs must be given, cookies travel over TLS only."""

from django.core.exceptions import ImproperlyConfigured

from claudeonomics.settings import environment, forms
from claudeonomics.settings.base import *  # noqa: F403
from claudeonomics.settings.base import BASE_URL, ROOT, SECRET_LENGTH

if not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("CLAUDEONOMICS_BASE_URL must be an https:// address in production.")

DEBUG = False
SECRET_KEY = environment.text("CLAUDEONOMICS_SECRET_KEY", check=forms.has_at_least(SECRET_LENGTH))
PSEUDONYM_KEY = environment.text("CLAUDEONOMICS_PSEUDONYM_KEY")
# The sequencer alone is given the log's key; who answers requests cannot sign heads.
AUDIT_KEY = environment.text("CLAUDEONOMICS_AUDIT_KEY", "")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_ROOT = ROOT / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
