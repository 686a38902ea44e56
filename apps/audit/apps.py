"""The Django application of this room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.audit"
    label = "audit"
