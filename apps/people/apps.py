"""The Django application of this room."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """Registers the room, and listens where Django and allauth offer nothing but signals."""

    name = "apps.people"
    label = "people"

    def ready(self) -> None:
        """Equip the roles after migrating, and have second factors written into the log."""
        from allauth.mfa.signals import authenticator_added, authenticator_removed

        post_migrate.connect(_equip, sender=self, dispatch_uid="people.equip_roles")
        authenticator_added.connect(_added, dispatch_uid="people.authenticator_added")
        authenticator_removed.connect(_removed, dispatch_uid="people.authenticator_removed")


def _equip(using: str, **_: Any) -> None:
    from apps.people import equipment

    equipment.equip_after_migrating(using)


def _added(user: Any, authenticator: Any, **_: Any) -> None:
    from apps.audit.events import Event
    from apps.people import adapter

    adapter.record_second_factor(Event.AUTHENTICATOR_ADDED, user, authenticator.type)


def _removed(user: Any, authenticator: Any, **_: Any) -> None:
    from apps.audit.events import Event
    from apps.people import adapter

    adapter.record_second_factor(Event.AUTHENTICATOR_REMOVED, user, authenticator.type)
