"""The Django application of this room."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.badges"
    label = "badges"
