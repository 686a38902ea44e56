"""The Django application of this room."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.common"
    label = "common"
