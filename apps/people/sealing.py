"""
Seals what signing in must keep and be able to read again: second factors, sessions.

The key is derived from the installation's secret key, which lies outside the
database: a dump alone opens nothing.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12
_KEY_BYTES = 32


class Purpose(StrEnum):
    """What a seal is for; what was sealed for one purpose does not open for another."""

    SECOND_FACTOR = "people.second-factor.v1"
    SESSION = "people.session.v1"


class SealBroken(Exception):
    """Raised when a sealed text was changed, or was sealed by another key."""


def close(text: str, *, purpose: Purpose) -> str:
    """Return the text sealed, as URL-safe base-64."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    content = _cipher(settings.SECRET_KEY, purpose).encrypt(nonce, text.encode(), None)
    return urlsafe_b64encode(nonce + content).decode("ascii")


def opened(sealed: bytes | str, *, purpose: Purpose) -> str:
    """Return the text; raise `SealBroken` unless this installation sealed it for the purpose."""
    try:
        content = urlsafe_b64decode(sealed)
        cipher = _cipher(settings.SECRET_KEY, purpose)
        return cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError):
        raise SealBroken(f"A sealed text does not open for {purpose}.") from None


@lru_cache(maxsize=8)
def _cipher(secret: str, purpose: Purpose) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode())
    return AESGCM(derive.derive(secret.encode()))
