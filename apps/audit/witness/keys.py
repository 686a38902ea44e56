"""
The witness's signing key: one file, made at first use, readable by its owner alone.

Its line is the private form of Go's note package, so that the key can move to
another witness program: `PRIVATE+KEY+<name>+<key ID>+<base64 of type and seed>`.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from apps.audit.tree.encoding import base64_of, spelt
from apps.audit.tree.notes import COSIGNATURE, SigningKey

_FILE = "key"
_SEED_BYTES = 32


class KeyBroken(Exception):
    """Raised when the file holds no key of this witness; its sentence says what to do."""


def signing_key(folder: Path, *, name: str) -> SigningKey:
    """Return the folder's key, made now if there is none; raises KeyBroken, OSError."""
    path = folder / _FILE
    if not path.exists():
        _write_once(path, _line(name, os.urandom(_SEED_BYTES)))
    line = path.read_text(encoding="utf-8").strip()
    seed = _seed(line)
    if line != _line(name, seed):
        raise KeyBroken(f"{path} holds the key of a witness of another name.")
    return SigningKey.from_seed(name, seed, kind=COSIGNATURE)


def _seed(line: str) -> bytes:
    # Base64 may hold a plus as well.
    parts = line.split("+", 4)
    try:
        packed = base64_of(parts[-1])
    except ValueError:
        packed = b""
    if len(parts) != 5 or len(packed) != 1 + _SEED_BYTES:
        raise KeyBroken("The key's file holds no key. Restore it: a new key is a new witness.")
    return packed[1:]


def _line(name: str, seed: bytes) -> str:
    key_id = SigningKey.from_seed(name, seed, kind=COSIGNATURE).verifying.id.hex()
    packed = spelt(bytes([COSIGNATURE]) + seed)
    return f"PRIVATE+KEY+{name}+{key_id}+{packed}"


def _write_once(path: Path, line: str) -> None:
    """Let the whole file appear at once; of two processes that make one, the first wins."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
