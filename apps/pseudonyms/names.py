"""
Pseudonyms: how one viewer, in one release, gets to call somebody.

A name is two words and six Crockford base-32 digits, 52 bits of a keyed digest
of the subject's own secret. The naming key comes from the release's random key,
the audience and the viewer, so neither two viewers' names nor two releases' can
be linked, and a name found outside tells which copy it was taken from. 52 bits:
over 85,000 viewers and 250 rows a false match has odds of 5e-9 per name.
"""

import hmac

from apps.pseudonyms.encoding import enc
from apps.pseudonyms.words import WORDS

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NAME_BITS = 11 + 11 + 30
# A board's copy asks for hundreds of names at once: nothing constant is worked out per name.
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
_SECRET_INFO = enc("pn-subject/v1") + b"\x01"


def naming_key(release_key: bytes, *, audience: str, viewer: int) -> bytes:
    """Return the key that makes all names in one viewer's copy of a release."""
    return hmac.digest(release_key, enc("pn/v1", audience, viewer), "sha256")


def subject_secret(subject_key: bytes) -> bytes:
    """Return what names are made of: HKDF-Expand (RFC 5869) of the subject's key, one block."""
    return hmac.digest(subject_key, _SECRET_INFO, "sha256")


def name_of(secret: bytes, *, key: bytes) -> str:
    """Return the name, for example `calm-otter-4XK2P9`, of whoever has this secret."""
    bits = int.from_bytes(hmac.digest(key, secret, "sha256")[:7]) >> (7 * 8 - _NAME_BITS)
    tail = _PAIRS[(bits >> 20) & 1023] + _PAIRS[(bits >> 10) & 1023] + _PAIRS[bits & 1023]
    return f"{WORDS[bits >> 41]}-{WORDS[(bits >> 30) & 2047]}-{tail}"
