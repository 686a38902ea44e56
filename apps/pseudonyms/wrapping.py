"""
Sealing with AES-256-GCM under a key of the keyring.

What is sealed is bound to its purpose and to the id of its row: moved to
another row, or read as something else, it does not open.
"""

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.pseudonyms import keyring
from apps.pseudonyms.encoding import Part, enc
from apps.pseudonyms.keys import Purpose

_NONCE_BYTES = 12


class SealBroken(Exception):
    """Raised when sealed bytes were changed, moved to another row, or sealed by another key."""


class Seal:
    """Seals and opens for one purpose."""

    def __init__(self, purpose: Purpose) -> None:
        self._purpose = purpose
        self._bound = enc(purpose)
        self._cipher = _cipher(keyring.key(purpose))

    def close(self, row_id: Part, content: bytes) -> bytes:
        """Return nonce and sealed content for the row."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, self._bound + enc(row_id))

    def open(self, row_id: Part, sealed: bytes) -> bytes:
        """Return the content; raise SealBroken unless it was sealed for this very row."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, self._bound + enc(row_id))
        except (InvalidTag, ValueError):
            raise SealBroken(f"A sealed row does not open for {self._purpose}.") from None


@lru_cache(maxsize=32)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
