"""The Django application of this room."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.disclosure"
    label = "disclosure"
