"""
Files of usage: finding them, telling what they hold, reading them line by line.

Every file is streamed, also compressed ones (`.gz`, `.zst`), so that memory
stays the same however large a folder is.
"""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

from apps.common.errors import Invalid
from apps.usage.formats import Rejected, UsageEvent, claude_code, records

Format = Literal["records", "claude-code"]

_ENDINGS = (".json", ".jsonl", ".ndjson")
_SUFFIXES = tuple(ending + packing for ending in _ENDINGS for packing in ("", ".gz", ".zst"))
_LINE_BYTES = 64 * 1024 * 1024
_LINES_LOOKED_AT = 50
_ZSTD_SLICE = 512
_RECORD_FIELDS = {"id", "at", "employee", "model"}


class NoFiles(Invalid):
    """Raised when a path does not exist or a folder holds nothing that could be usage."""

    code = "no_files"
    title = "There are no usage files."


class UnknownFormat(Invalid):
    """Raised when a file's content is in no known format."""

    code = "unknown_format"
    title = "This is in no known format; say which with --format."


class UnreadableFile(Invalid):
    """Raised when a file cannot be read, or not to its end: it is damaged or not open to us."""

    code = "unreadable_file"
    title = "This file is damaged, or may not be read; what stands before a cut end counts."


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
        with _opened(path) as stream:
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
    if path.suffix in {".gz", ".zst"}:
        _check_sums(path)
    with _opened(path, on_bytes) as stream:
        if form == "claude-code":
            yield from claude_code.read(_lines(stream), part=part)
            return
        lines = _lines(stream)
        first = next(lines, b"").removeprefix(b"\xef\xbb\xbf")
        if _begins_array(first) or (not first.strip() and _holds_array(path)):
            yield from records.read_json(first + stream.read(), part=part)
        else:
            yield from records.read_lines(chain([first], lines), part=part)


class _Metered(io.FileIO):
    """A file that tells how many bytes were read from it."""

    def __init__(self, path: Path, on_bytes: Callable[[int], object]) -> None:
        super().__init__(path)
        self.on_bytes = on_bytes

    def readinto(self, buffer: Any, /) -> int | None:
        """Read, and tell."""
        count = super().readinto(buffer)
        self.on_bytes(count or 0)
        return count


class _Unzstd(io.RawIOBase):
    """All frames of a zstd file, unpacked; unlike the library's own reader it tells a cut end."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__()
        self.packed = packed
        self.waiting = memoryview(b"")
        self.pieces = self._pieces()

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as one piece goes; 0 is the end."""
        if not self.waiting:
            self.waiting = memoryview(next(self.pieces, b""))
        count = min(len(buffer), len(self.waiting))
        buffer[:count] = self.waiting[:count]
        self.waiting = self.waiting[count:]
        return count

    def _pieces(self) -> Iterator[bytes]:
        import zstandard

        unpacker = zstandard.ZstdDecompressor()
        frame = unpacker.decompressobj()
        is_begun = False
        # Small slices bound what one call unpacks: four bytes can stand for 128 KiB.
        while rest := self.packed.read(_ZSTD_SLICE):
            while rest:
                if frame.eof:
                    frame = unpacker.decompressobj()
                is_begun = True
                try:
                    piece = frame.decompress(rest)
                except zstandard.ZstdError as damage:
                    raise OSError from damage
                rest = frame.unused_data
                if piece:
                    yield piece
        if is_begun and not frame.eof:
            raise EOFError


@contextmanager
def _opened(path: Path, on_bytes: Callable[[int], object] | None = None) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked; what goes wrong in reading it is UnreadableFile."""
    try:
        with _unpacked(path, on_bytes) as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as damage:
        raise UnreadableFile from damage


@contextmanager
def _unpacked(path: Path, on_bytes: Callable[[int], object] | None) -> Iterator[IO[bytes]]:
    metered = _Metered(path, on_bytes) if on_bytes else io.FileIO(path)
    with io.BufferedReader(metered, buffer_size=256 * 1024) as raw:
        if path.suffix == ".gz":
            with gzip.open(raw) as unpacked:
                yield unpacked  # type: ignore[misc]
        elif path.suffix == ".zst":
            yield io.BufferedReader(_Unzstd(raw), buffer_size=128 * 1024)
        else:
            yield raw


def _check_sums(path: Path) -> None:
    """Unpack a file once for its checksums: they come last, after figures that may be wrong."""
    try:
        with _unpacked(path, None) as stream:
            while stream.read(1024 * 1024):
                pass
    except EOFError:
        return  # cut short, but sound as far as it goes
    except (OSError, zlib.error) as damage:
        raise UnreadableFile from damage


def _holds_array(path: Path) -> bool:
    with _opened(path) as stream:
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
