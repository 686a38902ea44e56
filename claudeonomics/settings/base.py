"""
What every installation shares. Each variable is read here, once.

The modules beside this one add what differs: `embedded` (the default, needs
nothing), `production` (needs its secrets) and `test`.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from claudeonomics.settings import audit, data_folder, environment, forms, tasks

ROOT = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(environment.text("CLAUDEONOMICS_DATA_DIR", str(ROOT / "var"))).absolute()
data_folder.prepare(DATA_DIR)

TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
LANGUAGE_CODE = "en"

ORGANISATION_ZONE = environment.time_zone("CLAUDEONOMICS_TIME_ZONE", "UTC")
RETENTION_DAYS = environment.integer("CLAUDEONOMICS_RETENTION_DAYS", default=400, least=1)
REQUIRE_MFA = environment.boolean("CLAUDEONOMICS_REQUIRE_MFA", default=False)
BASE_URL = environment.text(
    "CLAUDEONOMICS_BASE_URL", "http://127.0.0.1:8000", check=forms.is_web_address
).rstrip("/")
METRICS_TOKEN = environment.text("CLAUDEONOMICS_METRICS_TOKEN", "")
MAX_UPLOAD_BYTES = environment.integer(
    "CLAUDEONOMICS_MAX_UPLOAD_BYTES", default=32 * 1024 * 1024, least=1024
)
# What inflates to more than this waits in the inbox; the rest is answered in the same request.
INLINE_UPLOAD_BYTES = environment.integer(
    "CLAUDEONOMICS_INLINE_UPLOAD_BYTES", default=16 * 1024 * 1024, least=0
)
UPLOADS_IN_MEMORY_BYTES = environment.integer(
    "CLAUDEONOMICS_UPLOADS_IN_MEMORY_BYTES", default=256 * 1024 * 1024, least=1024
)
INBOX_BYTES = environment.integer(
    "CLAUDEONOMICS_INBOX_BYTES", default=2 * 1024 * 1024 * 1024, least=1024
)
FIRST_ADMIN_EMAIL = environment.text("CLAUDEONOMICS_ADMIN_EMAIL", "admin@localhost.example")
FIRST_ADMIN_PASSWORD = environment.text("CLAUDEONOMICS_ADMIN_PASSWORD", "")
ALLOWED_HOSTS = environment.words("CLAUDEONOMICS_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
SECRET_LENGTH = 32
LOG_LEVEL = environment.text("CLAUDEONOMICS_LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured("CLAUDEONOMICS_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "apps.common",
    "apps.runs",
    "apps.audit",
    "apps.approvals",
    "apps.shutter",
    "apps.pseudonyms",
    "apps.people",
    "apps.usage",
    "apps.badges",
    "apps.rankings",
    "apps.disclosure",
    "apps.rights",
    "apps.web",
    "apps.api",
    "apps.operations",
]

# The shutter stands before sessions, CSRF and sign-in: a shut route asks nobody who they are.
MIDDLEWARE = [
    "apps.operations.middleware.HeadMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.shutter.middleware.ShutterMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.operations.middleware.RequestLogMiddleware",
    "apps.operations.middleware.PrivateAnswersMiddleware",
    "apps.disclosure.middleware.ReceiptsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.people.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "claudeonomics.urls"
WSGI_APPLICATION = "claudeonomics.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Named before the installed apps: our sign-in and admin pages stand before allauth's own.
        "DIRS": [ROOT / "apps" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- databases, caches, broker -----------------------------------------------

_SQLITE = f"sqlite:///{DATA_DIR / data_folder.DATABASE}"
_DATABASE_URL = environment.text(
    "DATABASE_URL", _SQLITE, check=forms.begins_with("sqlite", "postgres", "postgresql")
)
DATABASES = {
    "default": environment.parsed("DATABASE_URL", _DATABASE_URL, reader=environ.Env.db_url_config)
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: SQLite never waits for a lock upgrade, it fails; so take the write lock at once.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;",
    }

REDIS_URL = environment.text("REDIS_URL", "", check=forms.begins_with("redis", "rediss", "unix"))
if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(DATA_DIR / "cache"),
        }
    }

vars().update(tasks.settings(data_dir=DATA_DIR, redis_url=REDIS_URL))
AUDIT_ORIGIN: str
AUDIT_MERGE_SECONDS: int
AUDIT_HEAD_DIR: Path
AUDIT_POLICY: str
AUDIT_DETAILS_DAYS: int
ALERT_WEBHOOK: str
ALERT_WEBHOOK_KEY: str
vars().update(audit.settings(data_dir=DATA_DIR, base_url=BASE_URL))

# --- signing in --------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"reset_password": "apps.people.forms.ResetPasswordForm"}
ACCOUNT_ADAPTER = "apps.people.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Claudeonomics] "
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# How many proxies append to X-Forwarded-For: limits count who stands before them.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.integer(
    "CLAUDEONOMICS_TRUSTED_PROXIES", default=0, least=0
)
MFA_ADAPTER = "apps.people.adapter.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Claudeonomics"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

SESSION_ENGINE = "apps.people.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- mail, files, REST, logs -------------------------------------------------

_EMAIL_URL = environment.text(
    "CLAUDEONOMICS_EMAIL_URL",
    f"filemail:///{DATA_DIR / 'mail'}",
    check=forms.begins_with(*environ.Env.EMAIL_SCHEMES),
)
EMAIL_CONFIG = environment.parsed(
    "CLAUDEONOMICS_EMAIL_URL", _EMAIL_URL, reader=environ.Env.email_url_config
)
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = environment.text("CLAUDEONOMICS_MAIL_FROM", "claudeonomics@localhost.example")

STATIC_URL = "/static/"
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_UPLOAD_BYTES

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.PersonalTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Claudeonomics",
    "DESCRIPTION": "How a company's people use AI: usage in, own records and boards out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "apps.api.shapes.SCOPE_STATES",
        "UploadStateEnum": "apps.api.intake_shapes.UPLOAD_STATES",
    },
}
LOGGING_CONFIG = None
