"""The default: one machine, one process group, nothing to set; keys made at the first start."""

from claudeonomics.settings import data_folder, environment, forms
from claudeonomics.settings.base import *  # noqa: F403
from claudeonomics.settings.base import DATA_DIR, SECRET_LENGTH

DEBUG = False
SECRET_KEY = environment.text(
    "CLAUDEONOMICS_SECRET_KEY", "", check=forms.has_at_least(SECRET_LENGTH)
) or data_folder.key(DATA_DIR, "secret_key")
PSEUDONYM_KEY = environment.text("CLAUDEONOMICS_PSEUDONYM_KEY", "") or data_folder.key(
    DATA_DIR, "pseudonym_key"
)
# A new key seals nothing and signs under a new name: so an older folder may get one.
AUDIT_KEY = environment.text("CLAUDEONOMICS_AUDIT_KEY", "") or data_folder.key(
    DATA_DIR, "audit_key", is_replaceable=True
)
# Plain http on loopback: with secure cookies nobody could stay signed in.
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# Nothing to collect: files are served from where the packages keep them.
WHITENOISE_USE_FINDERS = True
