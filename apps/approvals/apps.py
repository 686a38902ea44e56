"""The Django application of this room."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registers the room under its short label."""

    name = "apps.approvals"
    label = "approvals"
