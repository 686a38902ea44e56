"""
The hashes of the tree (RFC 9162, 2.1.1; the same as RFC 6962, 2.1), with SHA-256.

A leaf and a node are hashed under different first bytes, so that no node can be
passed off as an entry. A node without a right neighbour goes up unchanged; it is
never paired with itself, which would give two trees one root.
"""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree whose leaves, or complete subtrees of one height, are these."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]
