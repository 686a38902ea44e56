"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.embedded")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - asked for, so that the views are loaded before the first request

# What is loaded by now stays as long as the process: the collector need not walk it with every
# large upload, which takes longer than many a request.
gc.collect()
gc.freeze()
