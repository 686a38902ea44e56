"""
Bearer tokens: random, shown once, kept only as a digest.

A plain SHA-256 is enough here: a token holds 256 random bits, so there is
nothing that a slow hash would protect.
"""

import hashlib
import secrets


def new_token(prefix: str) -> tuple[str, bytes]:
    """Return a fresh token, `prefix_` and 43 random characters, and the 32-byte digest to keep."""
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    return token, digest(token)


def digest(token: str) -> bytes:
    """Return the 32 bytes under which a token is kept and found."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
