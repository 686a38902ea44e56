"""Logs that grow in memory, honest and forked ones, as a witness gets to see them."""

from dataclasses import dataclass, field

from apps.audit.tree import checkpoints, proofs
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.hashing import leaf_hash, root_of
from apps.audit.tree.notes import SigningKey
from apps.audit.witness.protocol import Submission

ORIGIN = "log.corp.example/audit"
KEY = SigningKey.from_seed(ORIGIN, b"L" * 32)


@dataclass
class GrowingLog:
    """A log of any size; `fork` is the index from which its entries are others."""

    key: SigningKey = KEY
    fork: int = 10**9
    origin: str = ORIGIN
    _hashes: list[bytes] = field(default_factory=list)

    def root(self, size: int) -> bytes:
        return root_of(self._leaves(size))

    def note(self, size: int) -> str:
        return checkpoints.signed(Head(self.origin, size, self.root(size)), self.key)

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        return tuple(
            proofs.consistency(
                old, size=size, subtree=lambda start, end: root_of(self._leaves(size)[start:end])
            )
        )

    def submission(self, old: int, size: int) -> Submission:
        return Submission(old, self.proof(old, size), self.note(size))

    def body(self, old: int, size: int) -> bytes:
        return self.submission(old, size).body

    def _leaves(self, size: int) -> list[bytes]:
        for index in range(len(self._hashes), size):
            side = "another" if index >= self.fork else "the"
            self._hashes.append(leaf_hash(f"{side} entry {index}".encode()))
        return self._hashes[:size]
