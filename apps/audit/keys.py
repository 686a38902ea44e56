"""
The two signing keys of the log, each derived for one origin (HKDF, RFC 5869).

The log's key comes from `AUDIT_KEY`, which only the sequencer is given. Receipts
are signed by the processes that answer requests, with a key that comes from
their own `SECRET_KEY`: whoever takes over a view can promise, but not sign heads.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.audit.tree.notes import SigningKey


def log_key(origin: str) -> SigningKey | None:
    """Return the key that signs the heads of an origin, or None where it is not given."""
    if not settings.AUDIT_KEY:
        return None
    return SigningKey.from_seed(origin, _seed(settings.AUDIT_KEY, f"head of {origin}"))


def receipt_key(origin: str) -> SigningKey:
    """Return the key, named `<origin>/receipts`, that signs receipts for an origin."""
    name = f"{origin}/receipts"
    return SigningKey.from_seed(name, _seed(settings.SECRET_KEY, f"receipts of {origin}"))


def _seed(secret: str, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), length=32, salt=None, info=f"claudeonomics {purpose}".encode())
    return derivation.derive(secret.encode())
