"""The name of the log, asked for each receipt and so in plain SQL."""

from django.conf import settings
from django.db import connection

_NAME = "SELECT name FROM audit_origin ORDER BY number DESC LIMIT 1"


def origin_name() -> str:
    """Return the name of the current origin; before the first one that which it will get."""
    with connection.cursor() as cursor:
        cursor.execute(_NAME)
        row = cursor.fetchone()
    return str(row[0]) if row else settings.AUDIT_ORIGIN
