"""Wiring: settings, URLs and the Celery application. No rules live here."""

from claudeonomics.celery import app as celery_app

__all__ = ["celery_app"]
