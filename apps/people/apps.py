"""The Django application of this room."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """Registers the room, and equips the roles once every table and permission is there."""

    name = "apps.people"
    label = "people"

    def ready(self) -> None:
        """Equip the roles after each migration: permissions come into being only then."""
        post_migrate.connect(_equip, sender=self, dispatch_uid="people.equip_roles")


def _equip(using: str, **_: Any) -> None:
    from apps.people import equipment

    equipment.equip_after_migrating(using)
