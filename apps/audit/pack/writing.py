"""
Writing packs: files by their names and in their order, into a folder or a ZIP.

A file is its path and its bytes in pieces, made while they are written, so that
a log of any size passes through little memory. Folder and ZIP get the same files.
What is in them is personal, so they are for their owner alone, and nothing is
written through a link that somebody planted.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from apps.audit.tree import tiles
from apps.audit.tree.tiles import TileName

File = tuple[str, Iterable[bytes]]
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def tree_files(size: int, read: Callable[[TileName], bytes]) -> Iterator[File]:
    """Give the entry bundles and hash tiles of a tree; `read` returns the bytes of either."""
    for name in chain(tiles.bundles_of(size), tiles.tiles_of(size)):
        yield name.path, (read(name),)


def write_folder(folder: Path, files: Iterable[File]) -> set[Path]:
    """Write the files below the folder, each whole or not at all; returns where they lie."""
    written = set()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _make(folder)
    for name, pieces in files:
        path = folder / name
        for each in reversed(path.relative_to(folder).parents):
            _make(folder / each)
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, _NEW, 0o600), "wb") as stream:
            stream.writelines(pieces)
        draft.replace(path)
        written.add(path)
    return written


def _make(folder: Path) -> None:
    """Make a folder that its owner alone may enter; OSError for a link in its place."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))


def write_zip(stream: IO[bytes], files: Iterable[File]) -> None:
    """Write the files as a ZIP; equal files make equal bytes, whenever it is written."""
    with ZipFile(stream, "w") as archive:
        for name, pieces in files:
            member = ZipInfo(name)
            member.compress_type = ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            with archive.open(member, "w", force_zip64=True) as place:
                place.writelines(pieces)
