"""System checks: the key is a key, and it is the one that the database was made with."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from apps.pseudonyms import keyring, keys

_TABLE = "pseudonyms_keycheck"


@register(Tags.security)
def check_key(**_: Any) -> list[CheckMessage]:
    """Refuse a key that is none, before anything is served."""
    try:
        keys.provider().key_for(keys.Purpose.KEY_CHECK)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="pseudonyms.E001")]
    return []


@register(Tags.database)
def check_database(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a database that was made with another key."""
    if "default" not in (databases or ()):
        return []
    connection = connections["default"]
    # Before the first migration there is nothing to compare with.
    if _TABLE not in connection.introspection.table_names():
        return []
    try:
        keyring.require_same_key()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="pseudonyms.E002")]
    return []
