"""The Django application of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.api"
    label = "api"
