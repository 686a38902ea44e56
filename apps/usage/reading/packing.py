"""
Opening files of usage, unpacked: plain, `.gz` and `.zst`, streamed either way.

Whatever goes wrong in reading one is UnreadableFile, so that one damaged file
never ends the reading of the others.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from apps.common.errors import Invalid

_PACKED = frozenset({".gz", ".zst"})
_ZSTD_SLICE = 512


class UnreadableFile(Invalid):
    """Raised when a file cannot be read, or not to its end: it is damaged or not open to us."""

    code = "unreadable_file"
    title = "This file is damaged, or may not be read; what stands before a cut end counts."


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
def opened(path: Path, on_bytes: Callable[[int], object] | None = None) -> Iterator[IO[bytes]]:
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


def check_sums(path: Path) -> None:
    """
    Unpack a file once for its checksums: they come last, after figures that may be wrong.

    A file that was cut short passes; raises UnreadableFile for any other damage.
    """
    if path.suffix not in _PACKED:
        return
    try:
        with _unpacked(path, None) as stream:
            while stream.read(1024 * 1024):
                pass
    except EOFError:
        return  # cut short, but sound as far as it goes
    except (OSError, zlib.error) as damage:
        raise UnreadableFile from damage
