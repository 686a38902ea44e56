"""
Erasing details so that no proof breaks, and telling it from tampering.

Of an entry's details three parts can go, each with the nonce of its commitment:
`a` (who acted, in what role), `s` (whom it concerned) and `p` (the parameters).
The leaf stays, so tiles, heads and proofs stay to the byte; without its nonce
(256 random bits) a commitment confirms no guess.

An erasure is an entry itself, `details.erased`. Its leaf has in `n` how many
entries it covers, in `rule` the legal basis, and in `obj` the word `erasure:`
and, in lower-case hex, the SHA-256 of its list. The list is one line for each
entry covered, `<id> <parts>` and a newline: the id as a lower-case UUID with
hyphens, the parts as those of `a`, `s`, `p` (in this order, each once, at least
one) that this erasure took; lines sorted by id. So a list that was lengthened,
shortened or changed afterwards is found. Several erasures may cover an entry,
each other parts of it. An erasure covers only what has a smaller index than its
own entry: what nobody had written yet, nobody can have erased.

This module is pure: it is what a verifier needs, and what `actions.erasing` writes by.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from apps.audit import leaves
from apps.audit.events import Event

PARTS = "asp"
MOST = 10_000
"""An erasure covers at most so many entries; what is larger is several."""
ITEM_TYPE = "erasure"
_PARTS_FORM = re.compile(r"(?!\Z)a?s?p?\Z", re.ASCII)


class Basis(StrEnum):
    """By what right details are erased; a code, because it stays in the leaf."""

    RETENTION = "retention"
    REQUEST = "request"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    OBLIGATION = "obligation"


class State(StrEnum):
    """How the details of an entry stand to what its leaf commits to, from well to worst."""

    PRESENT = "present"
    ERASED = "erased"
    MISSING = "missing"
    ALTERED = "altered"


_FROM_WELL_TO_WORST = tuple(State)


class ErasureInvalid(ValueError):
    """Raised for a list that is not the one its erasure was recorded with."""


@dataclass(frozen=True, slots=True)
class Details:
    """The personal side of an entry as it is found; a part without its nonce is gone."""

    actor: str | None
    role: str | None
    subject: str | None
    parameters: Mapping[str, leaves.Value] | None
    actor_nonce: bytes | None
    subject_nonce: bytes | None
    parameters_nonce: bytes | None


NOTHING = Details(None, None, None, None, None, None, None)


def list_of(covered: Mapping[UUID, str]) -> bytes:
    """Return the canonical list of what an erasure took; raises ErasureInvalid for odd parts."""
    for parts in covered.values():
        if not _PARTS_FORM.match(parts):
            raise ErasureInvalid("Parts are some of a, s, p, in this order.")
    return "".join(f"{entry} {covered[entry]}\n" for entry in sorted(covered)).encode()


def digest(covered: Mapping[UUID, str]) -> str:
    """Return the SHA-256 of the canonical list, as hex digits."""
    return hashlib.sha256(list_of(covered)).hexdigest()


def check_list(erasing: leaves.Leaf, covered: Mapping[UUID, str]) -> None:
    """Raise ErasureInvalid unless the leaf is an erasure's and commits to exactly this list."""
    if erasing.act != Event.DETAILS_ERASED.value or erasing.dec != "allow":
        raise ErasureInvalid("This entry is no erasure.")
    if erasing.n != len(covered) or erasing.obj != f"{ITEM_TYPE}:{digest(covered)}":
        raise ErasureInvalid("The erasure was recorded with another list.")


def states_of(
    leaf: leaves.Leaf, details: Details | None, covering: Iterable[str] = ()
) -> dict[str, State]:
    """
    Return the state of each part; `covering` are the parts that erasures took from this entry.

    Only what `check_list` let pass, of erasures with a larger index, may be given as
    covering. A part whose nonce
    is gone is erased if covered and missing if not; a value that lies there
    without its nonce, or does not open the commitment, is altered.
    """
    found = details or NOTHING
    gone = frozenset("".join(covering))
    committed = {"a": leaf.actor_c, "s": leaf.subject_c, "p": leaf.params_c}
    states = {}
    for part, (nonce, is_left) in _found(found).items():
        if nonce is None and not is_left:
            states[part] = State.ERASED if part in gone else State.MISSING
        else:
            opened = None if nonce is None else _opened(part, nonce, found)
            is_whole = opened is not None and opened == committed[part]
            states[part] = State.PRESENT if is_whole else State.ALTERED
    return states


def state_of(leaf: leaves.Leaf, details: Details | None, covering: Iterable[str] = ()) -> State:
    """Return the state of the whole entry: that of its worst part."""
    found = states_of(leaf, details, covering).values()
    return max(found, key=_FROM_WELL_TO_WORST.index)


def _found(details: Details) -> dict[str, tuple[bytes | None, bool]]:
    """Return for each part its nonce, and whether any of its values lies there."""
    who = details.actor is not None or details.role is not None
    return {
        "a": (details.actor_nonce, who),
        "s": (details.subject_nonce, details.subject is not None),
        "p": (details.parameters_nonce, details.parameters is not None),
    }


def _opened(part: str, nonce: bytes, details: Details) -> str | None:
    """Return the commitment to what lies there, or None for what nobody can have committed to."""
    try:
        if part == "s":
            return leaves.commit_subject(nonce, details.subject)
        if part == "p" and details.parameters is not None:
            return leaves.commit_parameters(nonce, details.parameters)
        if part == "a" and details.actor is not None and details.role is not None:
            return leaves.commit_actor(nonce, details.actor, details.role)
    except (ValueError, TypeError, AttributeError):
        return None
    return None
