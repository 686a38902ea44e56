"""The Django application of this room."""

from django.apps import AppConfig


class RankingsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.rankings"
    label = "rankings"
