"""The Django application of this room."""

from django.apps import AppConfig


class PseudonymsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.pseudonyms"
    label = "pseudonyms"
