"""The Django application of this room."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.usage"
    label = "usage"
