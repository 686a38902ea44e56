"""
The room's way to the keys: each is handed out only for the database it was made for.

With another key every digest would miss, and people would silently be enrolled
a second time. So the database keeps a digest that only the right key yields.
"""

import hmac

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from apps.pseudonyms import keys
from apps.pseudonyms.encoding import enc
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import KeyCheck

# Databases whose stored digest was seen to match, with the digest: once a process is enough.
_matched: set[tuple[str, bytes]] = set()


class WrongKey(ImproperlyConfigured):
    """Raised when the configured key is not the one that this database was made with."""

    def __init__(self) -> None:
        super().__init__(
            "This database was made with another pseudonym key. Restore the key that belongs to "
            "it (CLAUDEONOMICS_PSEUDONYM_KEY or keys/pseudonym_key in the data folder); with the "
            "present one nothing in it can be tied to anybody."
        )


def key(purpose: Purpose) -> bytes:
    """Return the purpose's 32 bytes; raise WrongKey when they do not belong to this database."""
    require_same_key()
    return keys.provider().key_for(purpose)


def require_same_key() -> None:
    """Raise WrongKey unless this database was made with this key or is still empty."""
    own = _own_digest()
    database = (str(connection.settings_dict["NAME"]), own)
    if database in _matched:
        return
    kept = KeyCheck.objects.filter(purpose=_slug()).values_list("digest", flat=True).first()
    if kept is None:
        return
    if not hmac.compare_digest(bytes(kept), own):
        raise WrongKey
    _matched.add(database)


def keep_digest() -> None:
    """Write down, before the first subject of a database, which key it is being made with."""
    require_same_key()
    if (str(connection.settings_dict["NAME"]), _own_digest()) in _matched:
        return
    rows = [KeyCheck(purpose=_slug(), digest=_own_digest())]
    KeyCheck.objects.bulk_create(rows, ignore_conflicts=True)
    # Two first processes with different keys: the one that came second learns it here.
    require_same_key()


def _own_digest() -> bytes:
    return hmac.digest(keys.provider().key_for(Purpose.KEY_CHECK), enc("key-check/v1"), "sha256")


def _slug() -> str:
    return "key-check-v1"
