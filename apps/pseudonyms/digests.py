"""Keyed digests: how an identity or a person is found without being written down."""

import hmac
from collections.abc import Iterable
from uuid import UUID

from apps.pseudonyms import keyring
from apps.pseudonyms.encoding import enc, text
from apps.pseudonyms.identities import Identity, Kind
from apps.pseudonyms.keys import Purpose

_BYTES = 16
# enc() of a tuple is the encodings of its parts in a row; these are the first two.
_BEGINNINGS = {kind: enc("bi/v1", kind) for kind in Kind}


def alias_digests(identities: Iterable[Identity]) -> dict[Identity, bytes]:
    """Return the 16 bytes under which each identity is found; raises EmptyIdentity."""
    key = keyring.key(Purpose.ALIAS_DIGEST)
    found = {}
    for each in identities:
        message = _BEGINNINGS[each.kind] + text(each.normalised)
        found[each] = hmac.digest(key, message, "sha256")[:_BYTES]
    return found


def person_digests(person_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the 16 bytes that lead from each person to their root subject."""
    key = keyring.key(Purpose.PERSON_DIGEST)
    return {
        each: hmac.digest(key, enc("person/v1", each), "sha256")[:_BYTES] for each in person_ids
    }


def row_digest(release: UUID, *, subject: int) -> bytes:
    """Return the 16 bytes that stand for a subject in a struck row of a release."""
    key = keyring.key(Purpose.ROW_DIGEST)
    return hmac.digest(key, enc("row/v1", release.bytes, subject), "sha256")[:_BYTES]
