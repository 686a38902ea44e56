"""
Inclusion and consistency proofs (RFC 9162, 2.1.3 and 2.1.4).

Maker and verifier share one picture of the tree: the ranges of leaves whose
roots make up a proof. The maker asks `subtree` for those roots, the verifier
folds the roots it is given. A proof has one right length, every hash in it has
32 bytes, and no tree is larger than 2^63 - 1, so no proof has more than 63.
"""

from collections.abc import Callable, Sequence

from apps.audit.tree.encoding import MAX_NUMBER
from apps.audit.tree.hashing import EMPTY_ROOT, HASH_BYTES, node_hash

Subtree = Callable[[int, int], bytes]
MAX_HASHES = 63

_Range = tuple[int, int]


class ProofFailed(ValueError):
    """Raised when a proof does not show what it should."""


def split(width: int) -> int:
    """Return the largest power of two below the width: where RFC 9162 cuts a tree in two."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion(index: int, *, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the leaf lies in the tree of this size; ValueError if it does not."""
    if not 0 <= index < size <= MAX_NUMBER:
        raise ValueError("There is no such leaf in a tree of this size.")
    return [subtree(start, end) for start, end in _siblings(index, size)]


def consistency(old: int, *, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree begins with the older one; ValueError if that is larger."""
    if not 0 <= old <= size <= MAX_NUMBER:
        raise ValueError("The older tree is larger than the newer one.")
    if old in {0, size}:
        return []
    seed, siblings = _growth(old, size)
    ranges = siblings if seed[0] == 0 else [seed, *siblings]
    return [subtree(start, end) for start, end in ranges]


def verify_inclusion(
    proof: Sequence[bytes], *, index: int, size: int, leaf: bytes, root: bytes
) -> None:
    """Raise ProofFailed unless the leaf hash stands at the index of the tree with this root."""
    if not 0 <= index < size <= MAX_NUMBER:
        raise ProofFailed("There is no such leaf in a tree of this size.")
    _check_hashes((*proof, leaf, root))
    siblings = _siblings(index, size)
    if len(proof) != len(siblings):
        raise ProofFailed(f"This proof has {len(proof)} hashes instead of {len(siblings)}.")
    found = leaf
    for hash_, (start, _) in zip(proof, siblings, strict=True):
        found = node_hash(hash_, found) if start < index else node_hash(found, hash_)
    if found != root:
        raise ProofFailed("This proof leads to another root.")


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> None:
    """
    Raise ProofFailed unless the tree begins with all leaves of the older tree.

    Every tree begins with the empty one, without any proof (tlog-witness), but
    a tree without leaves has one root only, however equal two others may be.
    """
    if not 0 <= old_size <= size <= MAX_NUMBER:
        raise ProofFailed("The older tree is larger than the newer one.")
    if old_size in {0, size}:
        if proof:
            raise ProofFailed("There is nothing to prove here, and yet a proof.")
        _check_without_proof(old_size=old_size, old_root=old_root, size=size, root=root)
        return
    _check_hashes((*proof, old_root, root))
    _check_growth(list(proof), old_size=old_size, old_root=old_root, size=size, root=root)


def _check_without_proof(*, old_size: int, old_root: bytes, size: int, root: bytes) -> None:
    """Check what two heads must say where the one is empty or both have one size."""
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofFailed("The empty tree has another root.")
    if old_size == size and old_root != root:
        raise ProofFailed("Two trees of one size have different roots.")
    if old_size < size:
        _check_hashes([root])


def _check_growth(
    proof: list[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> None:
    """Fold the proof into the old root and the new one at once."""
    seed, siblings = _growth(old_size, size)
    if seed[0] == 0:
        # The older tree is itself a node of the newer one: its root is the seed.
        proof = [old_root, *proof]
    if len(proof) != len(siblings) + 1:
        raise ProofFailed("This proof has another number of hashes.")
    before = after = proof[0]
    for hash_, (start, _) in zip(proof[1:], siblings, strict=True):
        if start < seed[0]:
            before, after = node_hash(hash_, before), node_hash(hash_, after)
        else:
            after = node_hash(after, hash_)
    if before != old_root:
        raise ProofFailed("This proof leads to another root of the older tree.")
    if after != root:
        raise ProofFailed("This proof leads to another root of the newer tree.")


def _siblings(index: int, size: int) -> list[_Range]:
    """The ranges beside the path from the leaf to the root, lowest first."""
    start, end = 0, size
    beside = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    return beside[::-1]


def _growth(old: int, size: int) -> tuple[_Range, list[_Range]]:
    """The last node that both trees share, and the ranges beside its path, lowest first."""
    start, end = 0, size
    beside = []
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    return (start, end), beside[::-1]


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofFailed("A hash has another length than 32 bytes.")
