"""The Django application of this room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.people"
    label = "people"
