"""
The folder that remembers, outside the database, what was signed last.

`head` is the last signed note itself, `frozen.json` says why signing ended. A
database that was set back or tampered with shows itself against them, so they
are never restored from a backup. What belonged to an origin that was continued
stays beside them as `head-1`, `frozen-1.json`.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HEAD = "head"
_FROZEN = "frozen.json"
_LOCK = "lock"


def read(folder: Path) -> str | None:
    """Return the signed note that was kept last, None if there is none; NUL for unreadable text."""
    return _read(folder / _HEAD)


def write(folder: Path, note: str) -> None:
    """Keep a signed note; it is on the disk when this returns."""
    _write(folder / _HEAD, note)


def read_freeze(folder: Path, *, number: int | None = None) -> dict[str, Any] | None:
    """
    Return what was written down of a freeze; {} for what cannot be read.

    With a number, of that which was set aside for this origin.
    """
    text = _read(folder / (_FROZEN if number is None else _aside(_FROZEN, number)))
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write_freeze(folder: Path, freeze: dict[str, Any]) -> None:
    """Write down a freeze; it is on the disk when this returns."""
    _write(folder / _FROZEN, json.dumps(freeze, indent=2) + "\n")


def set_aside(folder: Path, number: int) -> None:
    """Keep what belonged to an origin under its number; what was kept before stays."""
    for name in (_HEAD, _FROZEN):
        path, kept = folder / name, folder / _aside(name, number)
        while kept.exists():
            kept = kept.with_name(f"{kept.name}.earlier")
        if path.exists():
            path.rename(kept)
    _sync(folder)


def _aside(name: str, number: int) -> str:
    return f"{Path(name).stem}-{number}{Path(name).suffix}"


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the folder for the block; False if another process does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # Closing the file lets go of it, also when this process dies.
        yield True


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Let the folder's own change of names reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
