"""
The tree as RFC 9162 defines it, word for word: slow, recursive, and nobody's copy.

`samples` finds the public vectors; they are read where they lie and never copied.
"""

import hashlib
import json
import os
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(os.environ.get("CLAUDEONOMICS_SAMPLES", "../shared")) / "vectors"


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def cut(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root_of(hashes: list[bytes]) -> bytes:
    """MTH of 2.1.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = cut(len(hashes))
    return node(root_of(hashes[:k]), root_of(hashes[k:]))


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = cut(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), root_of(hashes[k:])]
    return [*path(m - k, hashes[k:]), root_of(hashes[:k])]


def proof(m: int, hashes: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of 2.1.4.1."""
    if m == len(hashes):
        return [] if whole else [root_of(hashes)]
    k = cut(len(hashes))
    if m <= k:
        return [*proof(m, hashes[:k], whole), root_of(hashes[k:])]
    return [*proof(m - k, hashes[k:], whole=False), root_of(hashes[:k])]


def vectors(pattern: str) -> list[Any]:
    """The vectors in these files; the test that asks is skipped where there are none."""
    found = sorted(SAMPLES.glob(pattern))
    if not found:
        pytest.skip(f"no public vectors in {SAMPLES} (set CLAUDEONOMICS_SAMPLES)")
    return [json.loads(each.read_text()) | {"file": each.name} for each in found]


def decoded(hashes: list[str] | None) -> list[bytes]:
    return [b64decode(each) for each in hashes or []]
