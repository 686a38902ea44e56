"""The Django application of this room."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.operations"
    label = "operations"
