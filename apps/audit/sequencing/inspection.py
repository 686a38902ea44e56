"""
Reading the tree again before more of it is signed.

Every check here raises `Tampered` with the reason and, where there is one, the
index. What lies between two indexes is read whole: each entry's bytes against
its leaf, each full tile against what lies below it.
"""

from apps.audit import storage
from apps.audit.models import Checkpoint, Origin, Tile
from apps.audit.reasons import Reason
from apps.audit.sequencing.freezes import Tampered
from apps.audit.storage import StoredTree
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.hashing import HASH_BYTES, leaf_hash
from apps.audit.tree.notes import NoteInvalid, VerifyingKey
from apps.audit.tree.tiles import WIDTH

# Those of a log of four billion entries.
_LEVELS = 4


def head_of(note: str, origin: Origin) -> Head:
    """Return the head that the kept note says; raises `Tampered` unless it is this origin's."""
    try:
        head = checkpoints.parse(notes.parse(note).text)
        if head.origin != origin.name:
            raise Tampered(Reason.OTHER_ORIGIN)
        return checkpoints.verified(note, VerifyingKey.parse(origin.vkey))
    except NoteInvalid as fault:
        raise Tampered(Reason.HEAD_INVALID) from fault


def newest_checkpoint(origin: Origin) -> Checkpoint | None:
    """Return the newest published head."""
    return Checkpoint.objects.filter(origin=origin).order_by("-size").first()


def check_checkpoint(row: Checkpoint, origin: Origin, *, kept: Head | None, note: str) -> None:
    """Raise `Tampered` unless the newest published head is signed and the kept one covers it."""
    try:
        head = checkpoints.verified(row.note, VerifyingKey.parse(origin.vkey))
    except NoteInvalid as fault:
        raise Tampered(Reason.CHECKPOINT_ALTERED) from fault
    if (head.size, head.root) != (row.size, bytes(row.root)):
        raise Tampered(Reason.CHECKPOINT_ALTERED)
    if kept is None:
        raise Tampered(Reason.HEAD_MISSING)
    if head.size > kept.size:
        raise Tampered(Reason.HEAD_OUTDATED)
    if head.size == kept.size and row.note != note:
        raise Tampered(Reason.CHECKPOINT_ALTERED)


def check_head(tree: StoredTree, kept: Head) -> None:
    """Raise `Tampered` unless the stored tree begins with the one whose head was kept."""
    if tree.size < kept.size:
        raise Tampered(Reason.BEHIND_HEAD)
    if root_of(tree, kept.size) != kept.root:
        raise Tampered(Reason.OTHER_ROOT)


def root_of(tree: StoredTree, size: int) -> bytes:
    """Return the root of the first leaves of the tree; raises `Tampered` where a tile is gone."""
    try:
        return tree.subtree(0, size)
    except storage.TileMissing as gone:
        index = gone.name.number * WIDTH ** ((gone.name.level or 0) + 1)
        raise Tampered(Reason.TILE_ALTERED, index) from gone


def check_edge(origin: Origin) -> None:
    """Raise `Tampered` where a full tile lies beyond the leaves and would be in their way."""
    last = [
        Tile.objects.filter(origin=origin, level=level).order_by("number").last()
        for level in range(_LEVELS)
    ]
    # Read after the tiles: a tile and its leaves are committed together.
    size = storage.size_of(origin.number)
    for tile in filter(None, last):
        under = WIDTH ** (tile.level + 1)
        if tile.number >= size // under:
            raise Tampered(Reason.TILE_ALTERED, tile.number * under)


def check_leaves(origin: Origin, *, start: int, end: int) -> None:
    """Raise `Tampered` unless all entries from start to end - 1 give their leaves and tiles."""
    start -= start % WIDTH
    hashes = bytearray()
    found = storage.leaves_between(origin.number, start=start, end=end)
    for index, leaf in enumerate(found, start):
        if leaf.position != index:
            raise Tampered(Reason.LEAF_MISSING, index)
        if leaf.entry is None:
            raise Tampered(Reason.ENTRY_MISSING, index)
        if leaf_hash(leaf.entry) != leaf.hash:
            raise Tampered(Reason.ENTRY_ALTERED, index)
        hashes += leaf.hash
    if len(found) < end - start:
        raise Tampered(Reason.LEAF_MISSING, start + len(found))
    _check_tiles(origin, start=start, end=end, hashes=bytes(hashes))


def _check_tiles(origin: Origin, *, start: int, end: int, hashes: bytes) -> None:
    """Compare the full tiles that end between the two with what lies below them."""
    level, under = 0, WIDTH
    while numbers := range(start // under, end // under):
        stored = _tiles(origin, level, numbers)
        for number in numbers:
            if level:
                below = storage.hashes_between(
                    origin.number, level=level, start=number * WIDTH, end=(number + 1) * WIDTH
                )
                expected = b"".join(below)
            else:
                at = (number * WIDTH - start) * HASH_BYTES
                expected = hashes[at : at + WIDTH * HASH_BYTES]
            if stored.get(number) != (expected, storage.root_of_tile(expected)):
                raise Tampered(Reason.TILE_ALTERED, number * under)
        level, under = level + 1, under * WIDTH


def _tiles(origin: Origin, level: int, numbers: range) -> dict[int, tuple[bytes, bytes]]:
    rows = Tile.objects.filter(
        origin=origin, level=level, number__gte=numbers.start, number__lt=numbers.stop
    )
    found = rows.values_list("number", "data", "root")
    return {number: (bytes(data), bytes(root)) for number, data, root in found}
