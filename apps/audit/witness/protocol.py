"""
The words of the C2SP tlog-witness protocol, and what a witness decides about them. Pure.

Source: c2sp.org/tlog-witness. A `Refusal` carries the status that the
specification asks for. Which keys count is told by who runs the witness;
nothing in a request adds to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.audit.tree import checkpoints, notes, proofs
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.encoding import base64_of, decimal_of, spelt
from apps.audit.tree.hashing import EMPTY_ROOT, HASH_BYTES
from apps.audit.tree.notes import Note, NoteInvalid, VerifyingKey

MAX_BYTES = 128 * 1024
"""A request of 63 hashes and a note of 16 signatures, post-quantum ones too, fits into it."""
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    A checkpoint that its log signed and that does not follow, without lines of others.

    `is_proof` says that it convicts the log by itself: another root for a size that
    was signed. Otherwise the proof that came with it may just have been wrong.
    """

    request: str
    is_proof: bool


class Refusal(Exception):
    """
    Raised when a checkpoint is not to be signed; `text` is the body of the answer.

    `evidence` is what should be kept of the request, if anything.
    """

    evidence: Evidence | None = None

    def __init__(self, status: int, text: str, *, content_type: str = TEXT_TYPE) -> None:
        super().__init__(text)
        self.status = status
        self.text = f"{text}\n"
        self.content_type = content_type


@dataclass(frozen=True, slots=True)
class Submission:
    """A request to sign a checkpoint: the size proved from, the proof, the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def body(self) -> bytes:
        """The body of the POST."""
        hashes = (spelt(each) for each in self.proof)
        return "\n".join([f"old {self.old}", *hashes, "", self.note]).encode()


@dataclass(frozen=True, slots=True)
class Checked:
    """A checkpoint that its log vouches for: what it says, and the note with the log's lines."""

    head: Head
    note: Note

    @property
    def vouched(self) -> str:
        """The checkpoint with the lines of its log alone."""
        return notes.joined(self.note.text, self.note.lines)


def submission(body: bytes) -> Submission:
    """Return what the body of a POST asks for; Refusal (400) for one of another form."""
    try:
        top, _, note = body.decode().partition("\n\n")
        first, *hashes = top.split("\n")
        old, proof = _old_size(first), tuple(base64_of(each) for each in hashes)
    except ValueError as fault:
        raise Refusal(400, f"This is no request to sign a checkpoint. {fault}") from fault
    if len(proof) > proofs.MAX_HASHES or any(len(each) != HASH_BYTES for each in proof):
        raise Refusal(400, "A proof has at most 63 hashes of 32 bytes.")
    return Submission(old, proof, note)


def size_in(body: bytes) -> int:
    """Return the size that the body of a 409 names; ValueError if it names none."""
    return decimal_of(body.decode("ascii").removesuffix("\n"))


def checked(asked: Submission, *, logs: Mapping[str, Sequence[VerifyingKey]]) -> Checked:
    """
    Return the checkpoint once a pinned key of its origin vouches for it.

    Raises Refusal: 400 for what is no checkpoint, 404 for an origin that is
    not watched, 403 without a line of its keys or with a bad one, 400 for an
    old size beyond the checkpoint's.
    """
    try:
        head = checkpoints.parse(notes.parse(asked.note).text)
    except NoteInvalid as fault:
        raise Refusal(400, f"This is no checkpoint. {fault}") from fault
    if head.origin not in logs:
        raise Refusal(404, "This witness does not watch a log of this origin.")
    try:
        note = notes.verified(asked.note, *logs[head.origin])
    except NoteInvalid as fault:
        raise Refusal(403, f"The log does not vouch for this checkpoint. {fault}") from fault
    if asked.old > head.size:
        raise Refusal(400, "The old size is beyond the checkpoint's.")
    return Checked(head, note)


def require_consistent(
    asked: Submission, checked: Checked, *, last_size: int, last_root: bytes = EMPTY_ROOT
) -> None:
    """
    Hold the head against the last one that was signed: its size (0 if none was) and root.

    Raises Refusal: 409 with the last size where the request proves from
    another, 422 where the head does not follow from the last one.
    """
    head = checked.head
    if asked.old != last_size:
        raise Refusal(409, str(last_size), content_type=SIZE_TYPE)
    try:
        proofs.verify_consistency(
            asked.proof, old_size=last_size, old_root=last_root, size=head.size, root=head.root
        )
    except proofs.ProofFailed as fault:
        refusal = Refusal(422, f"This does not follow from what was signed last. {fault}")
        request = Submission(asked.old, asked.proof, checked.vouched)
        refusal.evidence = Evidence(request.body.decode(), is_proof=head.size == last_size)
        raise refusal from fault


def _old_size(line: str) -> int:
    word, space, size = line.partition(" ")
    if (word, space) != ("old", " "):
        raise ValueError("Its first line is the old size.")
    return decimal_of(size)
