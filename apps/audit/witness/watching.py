"""
The witness itself: checks a submission against what it remembers, stores it, then signs.

The cosignature is made before the store's commit and leaves only after it: a
witness that dies in between has promised nothing to anybody.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.audit.tree import checkpoints
from apps.audit.tree.notes import SigningKey, VerifyingKey
from apps.audit.witness import protocol
from apps.audit.witness.store import Seen, Store


@dataclass(frozen=True)
class Witness:
    """A key, a store, and the pinned keys of the logs that are watched, by their origin."""

    key: SigningKey
    store: Store
    logs: Mapping[str, Sequence[VerifyingKey]]
    _origins: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        by_hash = {hashlib.sha256(name.encode()).hexdigest(): name for name in self.logs}
        object.__setattr__(self, "_origins", by_hash)

    def add_checkpoint(self, body: bytes, *, at: int) -> str:
        """
        Return the cosignature line for the checkpoint in the body of a request.

        `at` is the POSIX time that is signed. Raises protocol.Refusal with the
        status of the answer, sqlite3.Error where nothing can be stored.

        The newest head is signed again with the new time, as c2sp.org/tlog-cosignature
        means it: that it is the largest that this witness has seen until then. It
        does not say that the log had no larger one, so nobody may judge the log by it.
        """
        asked = protocol.submission(body)
        checked = protocol.checked(asked, logs=self.logs)
        head = checked.head
        # Ends: a head that came in between is larger, and then the old size is refused.
        while True:
            last = self.store.newest(head.origin)
            if last is None:
                protocol.require_consistent(asked, checked, last_size=0)
            else:
                size, root = last.size, last.root
                protocol.require_consistent(asked, checked, last_size=size, last_root=root)
            line = checkpoints.cosignature_line(checked.note.text, key=self.key, at=at)
            signed = checked.vouched + line
            if self.store.follow(head.origin, Seen(head.size, head.root, signed), after=last):
                return line

    def checkpoint(self, origin_hash: str) -> str | None:
        """Return the newest signed note of a log, by the SHA-256 of its origin in hex digits."""
        origin = self._origins.get(origin_hash)
        seen = self.store.newest(origin) if origin else None
        return seen.note if seen else None
