"""The Django application of this room."""

from django.apps import AppConfig


class ShutterConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.shutter"
    label = "shutter"
