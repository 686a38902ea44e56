"""The Django application of this room."""

from django.apps import AppConfig


class PseudonymsConfig(AppConfig):
    """Registers the room under its short label, and its system checks."""

    name = "apps.pseudonyms"
    label = "pseudonyms"

    def ready(self) -> None:
        """Register the checks."""
        from apps.pseudonyms import checks  # noqa: F401
