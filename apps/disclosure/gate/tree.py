"""
The tree of the log, out through the gate: never shut.

Heads, tiles of hashes and proofs hold nothing about anyone, so that whoever is
signed in may have them and no entry is written. The bytes of entries are for
auditors, whose reading is, and for whoever an entry is about.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from apps.audit import actions as audit
from apps.audit import keys, queries
from apps.audit.events import Event
from apps.audit.tree.proof_files import ProofFile
from apps.audit.tree.tiles import TileName
from apps.common import permissions
from apps.common.errors import NotFound
from apps.disclosure.gate import disclosures
from apps.disclosure.gate.log import READ, require_reader
from apps.disclosure.gate.looks import Denied, Viewer, look_of, passage

# No log that a database can hold has an index with more digits.
_LONGEST_INDEX = 18


@dataclass(frozen=True, slots=True)
class Proof:
    """A C2SP tlog-proof: the index of its entry, and the text of the file."""

    index: int
    text: str


def checkpoint() -> str:
    """Return the newest signed head with the witnesses' lines; raises `NotFound` before one."""
    newest = queries.newest_checkpoint()
    if newest is None:
        raise NotFound
    return newest.note


def tile(path: str) -> bytes:
    """Return a tile of hashes by its path, such as `tile/0/x001/067.p/5`; raises `NotFound`."""
    found = queries.tile(_tile_name(path))
    if found is None:
        raise NotFound
    return found


def entry_bundle(viewer: Viewer, path: str, *, at: datetime) -> bytes:
    """Return the bytes of up to 256 entries, such as `tile/entries/067`; raises `NotFound`."""
    name = _tile_name(path)
    look = look_of(viewer, Event.LOG_READ, at=at, parameters={"bundle": name.path})
    with passage(look, scope=None):
        require_reader(viewer)
        found = queries.bundle(name)
        if found is None:
            raise Denied("no_such_bundle")
        look.record(item=audit.Item("log", "bundle"), count=name.width, rule=READ)
    return found


def proof(viewer: Viewer, name: str, *, at: datetime) -> Proof:
    """
    Return the proof of the entry with this index, or this id; raises `NotFound`.

    It carries the entry's bytes for whoever acted in it, for whoever is told of it
    as a look at oneself, and for auditors, whose reading is written down.
    """
    index = _index(name)
    file = None if index is None else queries.proof_file(index)
    if file is None:
        raise NotFound
    if _is_own(viewer, file.index):
        file = replace(file, extra=queries.entry_bytes(file.index))
    elif permissions.may(viewer.user, READ, queries.the_log()):
        file = _read(viewer, file, at=at)
    return Proof(file.index, file.text)


def log_vkey() -> str:
    """Return the key that verifies heads, as C2SP writes it; raises `NotFound` before a log."""
    return _origin().vkey


def receipts_vkey() -> str:
    """Return the key that verifies receipts; raises `NotFound` before a log."""
    return keys.receipt_key(_origin().name).verifying.vkey


def _origin() -> queries.OriginView:
    origin = queries.current_origin()
    if origin is None:
        raise NotFound
    return origin


def _tile_name(path: str) -> TileName:
    try:
        name = TileName.parse(path)
    except ValueError:
        raise NotFound from None
    if name.path != path:
        raise NotFound
    return name


def _index(name: str) -> int | None:
    """Return the index that an index in decimal, or an entry's id, stands for."""
    if name.isascii() and name.isdigit() and len(name) <= _LONGEST_INDEX:
        return int(name) if str(int(name)) == name else None
    try:
        entry = UUID(name)
    except ValueError:
        return None
    return queries.index_of(entry) if str(entry) == name else None


def _is_own(viewer: Viewer, index: int) -> bool:
    """Tell whether one did it oneself, or is told of it."""
    found = queries.entries(index=index, limit=1)
    return any(
        entry.actor == viewer.actor.reference or disclosures.is_told(viewer, entry)
        for entry in found
    )


def _read(viewer: Viewer, file: ProofFile, *, at: datetime) -> ProofFile:
    """Return the proof with the entry's bytes, for an auditor."""
    look = look_of(viewer, Event.LOG_READ, at=at, parameters={"index": file.index})
    with passage(look, scope=None):
        require_reader(viewer)
        extra = queries.entry_bytes(file.index)
        look.record(item=audit.Item("log", "entry"), count=1, rule=READ)
    return replace(file, extra=extra)
