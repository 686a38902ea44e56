"""The Django application of this room."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.runs"
    label = "runs"
