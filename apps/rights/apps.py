"""The Django application of this room."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.rights"
    label = "rights"
