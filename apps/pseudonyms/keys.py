"""
The keys that lie outside the database, one for each purpose.

A provider hands out 32 bytes for a purpose. The one here derives them from
`settings.PSEUDONYM_KEY` by HKDF-SHA256 (RFC 5869); a key service can take its
place by offering the same method and being named in
`settings.PSEUDONYM_KEY_PROVIDER`. Whether these keys belong to this database
is not asked here but in `keyring`, through which the room reaches them.
"""

import re
from enum import StrEnum
from functools import cache
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

_SIXTY_FOUR_HEX_DIGITS = re.compile(r"[0-9a-fA-F]{64}")
_OWN_PROVIDER = "apps.pseudonyms.keys.SettingsProvider"


class Purpose(StrEnum):
    """What a key is for; no key serves two purposes."""

    ALIAS_DIGEST = "alias-digest/v1"
    PERSON_DIGEST = "person-digest/v1"
    ROW_DIGEST = "row-digest/v1"
    SUBJECT_KEY_WRAP = "subject-key-wrap/v1"
    RELEASE_KEY_WRAP = "release-key-wrap/v1"
    LINK_SEAL = "link-seal/v1"
    CLAIM_SEAL = "claim-seal/v1"
    KEY_CHECK = "key-check/v1"
    USAGE_DIGEST = "usage-digest/v1"
    UPLOAD_SEAL = "upload-seal/v1"
    CONNECTOR_SEAL = "connector-seal/v1"
    HANDLE_SEAL = "handle-seal/v1"


class KeyProvider(Protocol):
    """Whoever keeps the long-lived keys."""

    def key_for(self, purpose: Purpose) -> bytes:
        """Return the 32 bytes for a purpose, the same ones every time."""
        ...


class SettingsProvider:
    """Derives each purpose's key from the one in the settings."""

    def key_for(self, purpose: Purpose) -> bytes:
        """Return the purpose's key; raise ImproperlyConfigured when the setting is no key."""
        return _derived(getattr(settings, "PSEUDONYM_KEY", ""), purpose)


def provider() -> KeyProvider:
    """Return the configured provider."""
    return _made(getattr(settings, "PSEUDONYM_KEY_PROVIDER", _OWN_PROVIDER))


@cache
def _made(path: str) -> KeyProvider:
    made: KeyProvider = import_string(path)()
    return made


@cache
def _derived(master: str, purpose: Purpose) -> bytes:
    if not isinstance(master, str) or not _SIXTY_FOUR_HEX_DIGITS.fullmatch(master):
        raise ImproperlyConfigured(
            "The pseudonym key (CLAUDEONOMICS_PSEUDONYM_KEY) must be 64 hexadecimal digits, "
            "which are 256 bits."
        )
    info = f"claudeonomics/pseudonyms/{purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(bytes.fromhex(master))
