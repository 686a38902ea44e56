"""The Celery application; rooms keep their tasks in `tasks.py`, schedules are settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.embedded")

app = Celery("claudeonomics")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
