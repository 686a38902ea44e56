"""
Policies: which logs and witnesses a reader trusts, and how many (C2SP tlog-policy).

Names mean something within a policy only. A public key can stand in it once, and
a name can be a member of one group, so that no witness counts twice.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.encoding import decimal_of
from apps.audit.tree.notes import COSIGNATURE, ED25519, NoteInvalid, VerifyingKey

NONE = "none"

# Only these two part the items of a line; Unicode knows more spaces, a policy does not.
_GAP = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class PolicyInvalid(ValueError):
    """Raised for a policy that does not say clearly whom to trust."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints are accepted."""

    key: VerifyingKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, by its name in this policy."""

    name: str
    key: VerifyingKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group that has witnessed a head when this many of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """Whom a reader trusts; `quorum` names a witness or a group, or is "none"."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str = NONE

    @property
    def text(self) -> str:
        """The policy as a file."""
        lines = [f"log {log.key.vkey} {log.url}".rstrip() for log in self.logs]
        lines += [f"witness {w.name} {w.key.vkey} {w.url}".rstrip() for w in self.witnesses]
        lines += [f"group {g.name} {g.threshold} {' '.join(g.members)}" for g in self.groups]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])

    def is_met(self, names: Collection[str]) -> bool:
        """Whether these witnesses, by name, are enough; names that are not known do not count."""
        met = {NONE} | {witness.name for witness in self.witnesses if witness.name in names}
        for group in self.groups:
            if len(met.intersection(group.members)) >= group.threshold:
                met.add(group.name)
        return self.quorum in met

    def cosigned_at(self, note: str | bytes) -> dict[str, int]:
        """Return who of the witnesses cosigned when, by name; NoteInvalid for a bad line."""
        parsed = notes.parse(note)
        times: dict[str, int] = {}
        for witness in self.witnesses:
            for line in filter(witness.key.signs, parsed.lines):
                at = checkpoints.cosigned_at(parsed.text, line, key=witness.key)
                times[witness.name] = max(at, times.get(witness.name, 0))
        return times


def parse(text: str) -> Policy:
    """Return the policy that a file says; PolicyInvalid unless every line is clear."""
    if _FORBIDDEN.search(text):
        raise PolicyInvalid("A policy holds no control characters but tabs and newlines.")
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        items = [item for item in _GAP.split(line) if item]
        if not items or items[0].startswith("#"):
            continue
        try:
            reader.read(items)
        except (ValueError, TypeError) as fault:
            raise PolicyInvalid(f"Line {number} of the policy: {fault}") from fault
    if not reader.has_quorum:
        raise PolicyInvalid("A policy has a quorum line.")
    return reader.policy


class _Reader:
    """Reads the lines of a policy in their order."""

    def __init__(self) -> None:
        self.policy = Policy()
        self.has_quorum = False
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._keys: set[tuple[int, bytes]] = set()

    def read(self, items: list[str]) -> None:
        """Take in one line; PolicyInvalid unless it is clear."""
        readers = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        keyword, *rest = items
        if keyword not in readers:
            raise PolicyInvalid("This line is neither log, witness, group nor quorum.")
        readers[keyword](rest)

    def _log(self, items: list[str]) -> None:
        if len(items) not in {1, 2}:
            raise PolicyInvalid("A log has a key and perhaps a URL.")
        self.policy.logs.append(Log(self._key(items[0], kind=ED25519), *items[1:]))

    def _witness(self, items: list[str]) -> None:
        if len(items) not in {2, 3}:
            raise PolicyInvalid("A witness has a name, a key and perhaps a URL.")
        name = self._define(items[0])
        key = self._key(items[1], kind=COSIGNATURE)
        self.policy.witnesses.append(Witness(name, key, *items[2:]))

    def _group(self, items: list[str]) -> None:
        if len(items) < 3:
            raise PolicyInvalid("A group has a name, a threshold and members.")
        name, threshold, *members = items
        for member in members:
            if member not in self._names or member in self._members:
                raise PolicyInvalid("A member is defined before, and in one group only.")
            self._members.add(member)
        words = {"all": len(members), "any": 1}
        enough = words[threshold] if threshold in words else decimal_of(threshold)
        if not 1 <= enough <= len(members):
            raise PolicyInvalid("A threshold lies between one and the number of members.")
        self.policy.groups.append(Group(self._define(name), enough, tuple(members)))

    def _quorum(self, items: list[str]) -> None:
        if self.has_quorum or len(items) != 1:
            raise PolicyInvalid("A policy has one quorum line with one name.")
        if items[0] not in self._names | {NONE}:
            raise PolicyInvalid("The quorum is defined before.")
        self.policy.quorum = items[0]
        self.has_quorum = True

    def _define(self, name: str) -> str:
        if name == NONE or name in self._names:
            raise PolicyInvalid("A name is defined once, and none is taken.")
        self._names.add(name)
        return name

    def _key(self, text: str, *, kind: int) -> VerifyingKey:
        try:
            key = VerifyingKey.parse(text)
        except NoteInvalid as fault:
            raise PolicyInvalid(str(fault)) from fault
        if key.kind != kind:
            raise PolicyInvalid("This key is for another type of signature.")
        if (kind, key.public) in self._keys:
            raise PolicyInvalid("This key stands in the policy already.")
        self._keys.add((kind, key.public))
        return key
