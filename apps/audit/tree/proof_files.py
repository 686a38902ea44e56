"""
Proof files: that an entry is in the log, to be checked offline (C2SP tlog-proof).

A `.tlog-proof` holds the index, the inclusion proof and the checkpoint with its
signatures. It holds neither the entry nor a key: the reader brings both. The
`extra` data is not covered by any signature.
"""

from dataclasses import dataclass

from apps.audit.tree import checkpoints, notes, proofs
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.encoding import MAX_NUMBER, base64_of, decimal_of, spelt
from apps.audit.tree.hashing import HASH_BYTES

HEADER = "c2sp.org/tlog-proof@v1"


class ProofFileInvalid(ValueError):
    """Raised for a proof file that is malformed."""


@dataclass(frozen=True, slots=True)
class ProofFile:
    """One entry's proof; ProofFileInvalid if it cannot be one."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        # Makers hold lists; a frozen value holds none.
        object.__setattr__(self, "hashes", tuple(self.hashes))
        if not 0 <= self.index <= MAX_NUMBER:
            raise ProofFileInvalid("An index is not negative.")
        if len(self.hashes) > proofs.MAX_HASHES:
            raise ProofFileInvalid("A proof has at most 63 hashes.")
        if any(len(each) != HASH_BYTES for each in self.hashes):
            raise ProofFileInvalid("A hash has 32 bytes.")
        try:
            checkpoints.parse(notes.parse(self.checkpoint).text)
        except notes.NoteInvalid as fault:
            raise ProofFileInvalid("This holds no checkpoint.") from fault

    @property
    def text(self) -> str:
        """The bytes of the file, as text."""
        extra = [] if self.extra is None else [f"extra {spelt(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(spelt, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines) + self.checkpoint

    def verify(self, *, leaf: bytes, key: notes.VerifyingKey) -> Head:
        """
        Return the head that the log's key signed and that the leaf hash is proved to lie in.

        NoteInvalid for the checkpoint, ProofFailed for the proof. Witnesses are the
        reader's policy: see `policies.Policy`.
        """
        head = checkpoints.verified(self.checkpoint, key)
        proofs.verify_inclusion(
            self.hashes, index=self.index, size=head.size, leaf=leaf, root=head.root
        )
        return head


def parse(text: str) -> ProofFile:
    """Return what a proof file says, unverified; ProofFileInvalid if malformed."""
    above, blank, checkpoint = text.partition("\n\n")
    header, *lines = above.split("\n")
    has_extra = bool(lines) and lines[0].startswith("extra ")
    extra = lines.pop(0) if has_extra else None
    if header != HEADER or not blank or not lines or not lines[0].startswith("index "):
        raise ProofFileInvalid("This is not a proof file of version 1.")
    try:
        return ProofFile(
            index=decimal_of(lines[0].removeprefix("index ")),
            hashes=tuple(base64_of(line) for line in lines[1:]),
            checkpoint=checkpoint,
            extra=None if extra is None else base64_of(extra.removeprefix("extra ")),
        )
    except ValueError as fault:
        raise ProofFileInvalid(f"This proof file is malformed: {fault}") from fault
