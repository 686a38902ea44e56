"""The Django application of this room."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_delete


class CommonConfig(AppConfig):
    """Registers the room, and lets grants die with the object on which they were given."""

    name = "apps.common"
    label = "common"

    def ready(self) -> None:
        """Watch the deletion of everything on which something can be granted."""
        from apps.common.permissions import GRANTABLE

        for label in GRANTABLE:
            # Guardian refers to objects by key alone: a later object with the same key would
            # inherit the grants. However an object is deleted, this is called.
            post_delete.connect(
                _forget, sender=apps.get_model(label), dispatch_uid=f"grants of {label}"
            )


def _forget(instance: Any, **_: Any) -> None:
    from apps.common import permissions

    permissions.forget(instance)
