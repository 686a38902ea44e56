"""
Tiles: how the tree is stored and served (C2SP tlog-tiles).

A tile holds up to 256 neighbouring hashes of one level; a hash one level up is
the root of one full tile below. An entry bundle holds the entries of a tile of
the lowest level. `Tree` computes roots and proofs from tiles alone, reading at
most two for each level: a million entries need five.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from apps.audit.tree import proofs
from apps.audit.tree.encoding import MAX_NUMBER
from apps.audit.tree.hashing import EMPTY_ROOT, HASH_BYTES, node_hash, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)
_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class TileName:
    """Names a tile, or an entry bundle where the level is None; ValueError if it cannot be."""

    level: int | None
    number: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_LEVEL:
            raise ValueError("A tile has a level between 0 and 63.")
        if not 0 <= self.number <= MAX_NUMBER:
            raise ValueError("A tile has a number that is not negative.")
        if not 1 <= self.width <= WIDTH:
            raise ValueError("A tile is between 1 and 256 wide.")

    @property
    def is_full(self) -> bool:
        """Whether the tile has all of its 256 hashes or entries."""
        return self.width == WIDTH

    @property
    def path(self) -> str:
        """The path below the prefix of the log, such as tile/0/x001/067.p/5."""
        level = "entries" if self.level is None else str(self.level)
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{level}/{number}" + ("" if self.is_full else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "TileName":
        """Return the name that a path spells; ValueError unless it is spelt in the one way."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise ValueError("This is not the path of a tile.")
        level, number, width = found.group("level", "number", "width")
        name = cls(
            level=None if level == "entries" else int(level),
            number=int(number.replace("x", "").replace("/", "")),
            width=int(width or WIDTH),
        )
        if name.path != path:
            raise ValueError("This is not the path of a tile.")
        return name


def tiles_of(size: int) -> Iterator[TileName]:
    """Yield every hash tile of a tree of this size, partial ones too, lowest level first."""
    level = 0
    while hashes := size >> (HEIGHT * level):
        yield from _row(level, hashes)
        level += 1


def bundles_of(size: int) -> Iterator[TileName]:
    """Yield every entry bundle of a log of this size, the partial one last."""
    yield from _row(None, size)


def full_tiles_between(old: int, size: int) -> Iterator[TileName]:
    """Yield the hash tiles that become full when the tree grows, lowest level first."""
    level = 0
    while size >> (HEIGHT * (level + 1)):
        shift = HEIGHT * (level + 1)
        for number in range(old >> shift, size >> shift):
            yield TileName(level, number)
        level += 1


def _row(level: int | None, count: int) -> Iterator[TileName]:
    full, rest = divmod(count, WIDTH)
    for number in range(full):
        yield TileName(level, number)
    if rest:
        yield TileName(level, full, rest)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of these entries; ValueError for one of more than 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError("An entry has at most 65,535 bytes.")
        parts += [_LENGTH.pack(len(entry)), entry]
    return b"".join(parts)


def entries_of(data: bytes) -> list[bytes]:
    """Return the entries of a bundle; ValueError if it breaks off."""
    entries = []
    at = 0
    while at < len(data):
        begin = at + _LENGTH.size
        if begin > len(data):
            raise ValueError("This bundle breaks off within a length.")
        at = begin + _LENGTH.unpack_from(data, at)[0]
        if at > len(data):
            raise ValueError("This bundle breaks off within an entry.")
        entries.append(data[begin:at])
    return entries


class Tree:
    """
    A tree of one size, read from tiles through `read`; keeps the tiles that it read.

    `read` is asked for tiles of exactly the width that this size has; what it
    raises passes through, and a tile of another length is a ValueError.
    """

    def __init__(self, size: int, read: Callable[[TileName], bytes]) -> None:
        if not 0 <= size <= MAX_NUMBER:
            raise ValueError("A tree has a size between 0 and 2^63 - 1.")
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """Return the root of the tree."""
        return self.subtree(0, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that the leaf lies in this tree; ValueError if it does not."""
        return proofs.inclusion(index, size=self.size, subtree=self.subtree)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that this tree begins with the older one; ValueError if larger."""
        return proofs.consistency(old, size=self.size, subtree=self.subtree)

    def subtree(self, start: int, end: int) -> bytes:
        """
        Return the root of the leaves from start to end - 1; `(0, old)` is an older tree's root.

        ValueError where no tree has a node over just these leaves: a node begins
        at a multiple of the power of two that covers it.
        """
        width = end - start
        if not 0 <= start <= end <= self.size:
            raise ValueError("These leaves are not in the tree.")
        if not width:
            return EMPTY_ROOT
        height = (width - 1).bit_length()
        if start % (1 << height):
            raise ValueError("No node stands over just these leaves.")
        if width == 1 << height:
            return self._complete(start, height)
        middle = start + proofs.split(width)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _complete(self, start: int, height: int) -> bytes:
        """Return the root of 2^height leaves, all of them there."""
        level, above = divmod(height, HEIGHT)
        number, first = divmod(start >> (HEIGHT * level), WIDTH)
        data = self._tile(level, number)[first * HASH_BYTES : (first + (1 << above)) * HASH_BYTES]
        return root_of(
            [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)],
        )

    def _tile(self, level: int, number: int) -> bytes:
        kept = self._tiles.get((level, number))
        if kept is None:
            hashes = (self.size >> (HEIGHT * level)) - number * WIDTH
            name = TileName(level, number, min(WIDTH, hashes))
            kept = self._read(name)
            if len(kept) != name.width * HASH_BYTES:
                raise ValueError(f"{name.path} has another length.")
            self._tiles[level, number] = kept
        return kept
