"""
Logs as an auditor gets them: folders of tiles, bundles and a signed checkpoint.

All are the beginnings of one log of 70,000 canonical entries, so that each is an
older state of the larger ones.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

from apps.audit import leaves
from apps.audit.pack.writing import tree_files, write_folder
from apps.audit.tree import checkpoints, hashing, tiles
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.audit.tree.proof_files import ProofFile
from apps.audit.tree.tiles import TileName, Tree

SIZES = (1, 255, 256, 257, 1_000, 70_000)
KEY = SigningKey.from_seed("log.example/audit", b"interop".ljust(32))
WITNESS = SigningKey.from_seed("witness.example", b"witness".ljust(32), kind=COSIGNATURE)
PROVED = 7

_DIGEST = "0123456789abcdef" * 4


def entry(number: int) -> bytes:
    """The canonical bytes of an entry that says nothing about anybody."""
    return leaves.entry_bytes(
        leaves.Leaf(
            act="board.viewed",
            actor_c=_DIGEST,
            dec="allow",
            epoch=1,
            id=f"00000000-0000-7000-8000-{number:012x}",
            n=number,
            obj="board:tokens-30d",
            params_c=_DIGEST,
            req=f"r-{number}",
            rule="view_board",
            subject_c=_DIGEST,
            t=1_795_260_000_000 + number,
        )
    )


class Entries:
    """The entries of a log, with their hashes on every level of tiles."""

    def __init__(self, held: list[bytes]) -> None:
        self.all = held
        self.rows = [[hashing.leaf_hash(each) for each in self.all]]
        while len(below := self.rows[-1]) >= tiles.WIDTH:
            full = range(0, len(below) // tiles.WIDTH * tiles.WIDTH, tiles.WIDTH)
            self.rows.append([hashing.root_of(below[at : at + tiles.WIDTH]) for at in full])

    def read(self, name: TileName) -> bytes:
        """The bytes of a tile or of a bundle."""
        first = name.number * tiles.WIDTH
        if name.level is None:
            return tiles.bundle(self.all[first : first + name.width])
        return b"".join(self.rows[name.level][first : first + name.width])


@dataclass(frozen=True)
class ExportedLog:
    """A log in a folder, and the tree that it was made from."""

    folder: Path
    tree: Tree
    entries: list[bytes]

    @property
    def size(self) -> int:
        return self.tree.size

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def proved(self) -> list[int]:
        """Some indexes, both ends among them."""
        return sorted({self.size * part // PROVED for part in range(PROVED)} | {self.size - 1})


def export(entries: Entries, size: int, folder: Path) -> ExportedLog:
    """Write the log of the first entries into the folder."""
    tree = Tree(size, entries.read)
    log = ExportedLog(folder, tree, entries.all[:size])
    head = Head(KEY.name, size, tree.root())
    cosignature = checkpoints.cosignature_line(head.text, key=WITNESS, at=1_795_260_000)
    note = checkpoints.with_lines(checkpoints.signed(head, KEY), [cosignature])
    proofs = [ProofFile(index, tuple(tree.inclusion(index)), note) for index in log.proved]
    files = {f"proofs/{each.index}.tlog-proof": each.text for each in proofs}
    files |= {"log.vkey": f"{KEY.verifying.vkey}\n", "checkpoint": note}
    texts = ((name, (text.encode(),)) for name, text in files.items())
    write_folder(folder, itertools.chain(tree_files(size, entries.read), texts))
    return log


def flip(file: Path, at: int) -> None:
    """Change one bit of one byte of a file."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
