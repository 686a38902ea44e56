"""The suite's settings: fixed keys, tasks run in place, fast password hashes, linear migrations."""

import os
import tempfile

os.environ.setdefault("CLAUDEONOMICS_DATA_DIR", tempfile.mkdtemp(prefix="claudeonomics-test-"))

from claudeonomics.settings.base import *  # noqa: F403
from claudeonomics.settings.base import DATA_DIR, DATABASES, INSTALLED_APPS

DEBUG = False
SECRET_KEY = "s" * 64
PSEUDONYM_KEY = "ab" * 32
AUDIT_KEY = "cd" * 32
# No sequencer runs beside most tests: what a late log shuts is tested where it is tested.
AUDIT_MERGE_SECONDS = 10**9
INSTALLED_APPS = [*INSTALLED_APPS, "django_linear_migrations"]
FIRST_PARTY_APPS = [app for app in INSTALLED_APPS if app.startswith("apps.")]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: only then do threads meet the locks of a real installation.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
