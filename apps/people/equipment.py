"""
What an installation has before the first person comes: groups, policy, wording, permissions.

It is made after migrating and not in a migration, because Django makes
permissions only then; emptied test databases get it back in the same way.
"""

from datetime import UTC, datetime

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.db import connections, transaction

from apps.people.actions import roles
from apps.people.models import ConsentWording, Policy
from apps.people.wordings import VERSION_1

_ROOMS = ("audit", "shutter", "people", "usage", "badges", "rankings", "disclosure", "rights")


def equip_after_migrating(using: str) -> None:
    """Make what is missing; a database that is only partly migrated is left alone."""
    needed = {
        model._meta.db_table
        for room in _ROOMS
        for model in apps.get_app_config(room).get_models()
        if model._meta.managed
    } | {model._meta.db_table for model in apps.get_app_config("guardian").get_models()}
    if using != "default" or needed - set(connections[using].introspection.table_names()):
        return
    with transaction.atomic(using=using):
        for room in _ROOMS:
            create_permissions(apps.get_app_config(room), verbosity=0, using=using)
        Policy.objects.get_or_create(slug="policy")
        ConsentWording.objects.get_or_create(
            version=1,
            defaults={"text": VERSION_1, "published_at": datetime(2026, 11, 22, tzinfo=UTC)},
        )
        roles.equip_roles()
