"""
Files of usage: finding them, telling what they hold, reading them.

Every file is streamed, also compressed ones (`.gz`, `.zst`), so that memory
stays the same however large a folder is. What the formats are, and who reads
each, is in `formats.registry`.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from apps.common.errors import Invalid
from apps.usage.formats import Reported, registry, telling
from apps.usage.formats.registry import Options
from apps.usage.formats.telling import Format
from apps.usage.reading.packing import UnreadableFile, check_sums, opened

_PACKINGS = ("", ".gz", ".zst")
_ENDINGS = (".json", ".jsonl", ".ndjson")
_LOOKED_AT = 1024 * 1024
NOTHING_ELSE = Options()


class NoFiles(Invalid):
    """Raised when a path does not exist or a folder holds nothing that could be usage."""

    code = "no_files"
    title = "There are no usage files."


class UnknownFormat(Invalid):
    """Raised when a file's content is in no known format."""

    code = "unknown_format"
    title = "This is in no known format; say which with --format."


def find(paths: Sequence[Path], *, form: Format | None = None) -> list[Path]:
    """
    Return the files below the paths, in order; one given by name is taken. Raises NoFiles.

    In folders, files are taken by their endings; those of CSV only where it is asked for.
    """
    endings = (".csv",) if form == "csv" else _ENDINGS
    suffixes = tuple(ending + packing for ending in endings for packing in _PACKINGS)
    found: list[Path] = []
    for path in paths:
        if path.is_file():
            found.append(path)
        elif not path.is_dir():
            raise NoFiles(f"There is no file or folder {path.name}.")
        else:
            below = (each for each in path.rglob("*") if each.name.endswith(suffixes))
            found += sorted(each for each in below if each.is_file())
    if not found:
        raise NoFiles
    return found


def told_format(path: Path) -> Format | None:
    """
    Tell a file's format from its beginning; None when it is empty.

    Raises UnknownFormat, and UnreadableFile when damage leaves too little to tell.
    """
    pieces: list[bytes] = []
    doubt: Invalid = UnknownFormat()
    is_whole = True
    try:
        with opened(path) as stream:
            # Piece by piece: before damage, what could be unpacked still tells.
            while sum(map(len, pieces)) < _LOOKED_AT and (piece := stream.read1(64 * 1024)):  # type: ignore[attr-defined]
                pieces.append(piece)
            is_whole = not stream.read(1)
    except UnreadableFile as damage:
        doubt, is_whole = damage, False
    head = b"".join(pieces)
    if not head.strip() and is_whole:
        return None
    form = telling.told_format(head, is_whole=is_whole)
    if form is None:
        raise doubt
    return form


def read(
    path: Path,
    form: Format,
    options: Options = NOTHING_ELSE,
    *,
    part: int = 0,
    on_bytes: Callable[[int], object] | None = None,
) -> Iterator[Reported]:
    """
    Yield what a file holds; `on_bytes` is told how much of the file was read since last.

    Raises UnreadableFile: of a file that was cut short at its end, of any
    other damage before anything is yielded. Raises Unreadable where the file as
    a whole is not in the format.
    """
    check_sums(path)
    with opened(path, on_bytes) as stream:
        yield from registry.read(stream, form, options, part=part)
