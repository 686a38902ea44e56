"""
Files of usage: finding them, telling what they hold, reading them line by line.

Every file is streamed, also compressed ones (`.gz`, `.zst`), so that memory
stays the same however large a folder is.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Literal

from apps.common.errors import Invalid
from apps.usage.formats import Rejected, UsageEvent, claude_code, records
from apps.usage.packing import UnreadableFile, check_sums, opened

Format = Literal["records", "claude-code"]

_ENDINGS = (".json", ".jsonl", ".ndjson")
_SUFFIXES = tuple(ending + packing for ending in _ENDINGS for packing in ("", ".gz", ".zst"))
_LINE_BYTES = 64 * 1024 * 1024
_LINES_LOOKED_AT = 50
_RECORD_FIELDS = {"id", "at", "employee", "model"}


class NoFiles(Invalid):
    """Raised when a path does not exist or a folder holds nothing that could be usage."""

    code = "no_files"
    title = "There are no usage files."


class UnknownFormat(Invalid):
    """Raised when a file's content is in no known format."""

    code = "unknown_format"
    title = "This is in no known format; say which with --format."


def find(paths: Sequence[Path]) -> list[Path]:
    """Return the files below the paths, in order; one given by name is taken. Raises NoFiles."""
    found: list[Path] = []
    for path in paths:
        if path.is_file():
            found.append(path)
        elif not path.is_dir():
            raise NoFiles(f"There is no file or folder {path.name}.")
        else:
            below = (each for each in path.rglob("*") if each.name.endswith(_SUFFIXES))
            found += sorted(each for each in below if each.is_file())
    if not found:
        raise NoFiles
    return found


def told_format(path: Path) -> Format | None:
    """
    Tell a file's format from its first lines; None when it is empty.

    Raises UnknownFormat, and UnreadableFile when damage leaves too little to tell.
    """
    first: list[bytes] = []
    doubt: Invalid = UnknownFormat()
    is_whole = True
    try:
        with opened(path) as stream:
            first.extend(islice(_lines(stream), _LINES_LOOKED_AT))
    except UnreadableFile as damage:
        doubt, is_whole = damage, False
    filled = [line for line in first if line.strip()]
    if not filled and is_whole:
        return None
    if filled and _begins_array(filled[0]):
        return "records"
    objects = [found for found in map(_object, filled) if found is not None]
    if any("type" in found for found in objects):
        return "claude-code"
    if any(_RECORD_FIELDS & found.keys() for found in objects):
        return "records"
    raise doubt


def read(
    path: Path, form: Format, *, part: int = 0, on_bytes: Callable[[int], object] | None = None
) -> Iterator[UsageEvent | Rejected]:
    """
    Yield what a file holds; `on_bytes` is told how much of the file was read since last.

    Raises UnreadableFile: of a file that was cut short at its end, of any
    other damage before anything is yielded.
    """
    check_sums(path)
    with opened(path, on_bytes) as stream:
        if form == "claude-code":
            yield from claude_code.read(_lines(stream), part=part)
            return
        lines = _lines(stream)
        first = next(lines, b"").removeprefix(b"\xef\xbb\xbf")
        if _begins_array(first) or (not first.strip() and _holds_array(path)):
            yield from records.read_json(first + stream.read(), part=part)
        else:
            yield from records.read_lines(chain([first], lines), part=part)


def _holds_array(path: Path) -> bool:
    with opened(path) as stream:
        return _begins_array(next((line for line in _lines(stream) if line.strip()), b""))


def _begins_array(line: bytes) -> bool:
    return line.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def _object(line: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; of one that is longer than any sensible line only its beginning."""
    pieces = iter(partial(stream.readline, _LINE_BYTES), b"")
    for line in pieces:
        yield line
        if len(line) == _LINE_BYTES and not line.endswith(b"\n"):
            next((rest for rest in pieces if rest.endswith(b"\n")), None)
