"""The Django application of this room; it sets up the logs of every process."""

from typing import Any

from celery import signals
from django.apps import AppConfig
from django.conf import settings

from apps.operations import logs


class OperationsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.operations"
    label = "operations"

    def ready(self) -> None:
        """Configure the logs, and keep Celery from configuring its own over them."""
        _configure()
        signals.setup_logging.connect(_configure, dispatch_uid="operations.logs")


def _configure(**_: Any) -> None:
    logs.configure(settings.LOG_LEVEL)
