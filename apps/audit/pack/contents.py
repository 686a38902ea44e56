"""
What a pack of the log holds, file by file, at one head.

Whoever reads it stands in `exporting`, which sees to it that all comes from one
state of the database. An entry whose row is gone leaves an empty place in its
bundle: the pack can be written, and every verifier finds the place.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from apps.audit import keys, storage
from apps.audit.actions import Outcome
from apps.audit.events import Event
from apps.audit.models import Entry
from apps.audit.pack.endings import endings
from apps.audit.pack.writing import File, tree_files
from apps.audit.policy import policy
from apps.audit.queries.erasing import covered_by
from apps.audit.queries.tree import Published
from apps.audit.tree import tiles
from apps.audit.tree.notes import VerifyingKey
from apps.audit.tree.policies import Log, Policy
from apps.audit.tree.proof_files import ProofFile
from apps.audit.tree.tiles import WIDTH, TileName

DETAILS, ERASURES, PROOFS, ORIGINS = "details.ndjson", "erasures.ndjson", "proofs", "origins"
_PROGRAMS = ("verify_log.py", "verify.go", "README.md")
_PAGE = 2_048
# The length stands in two bytes (C2SP tlog-tiles).
_LONGEST = 65_535
_DETAILS = """
    SELECT leaf."index", leaf.entry_id, detail.actor, detail.role, detail.subject,
        detail.parameters, detail.actor_nonce, detail.subject_nonce, detail.parameters_nonce
    FROM audit_leaf leaf LEFT JOIN audit_detail detail ON detail.entry_id = leaf.entry_id
    WHERE leaf.origin_id = %s AND leaf."index" >= %s AND leaf."index" < %s
    ORDER BY leaf."index"
"""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def files(
    head: Published,
    *,
    with_details: bool,
    proofs: Collection[int],
    on_entries: Callable[[int], object],
    on_missing: Callable[[int], None],
) -> Iterator[File]:
    """
    Give the files of a pack, the checkpoint last: a folder that has it is complete.

    `on_entries` is told how many entries were read, `on_missing` each index without an entry.
    An entry that is too long for any bundle counts as missing; one that only makes no
    sense is given as it is, and the verifiers name it.
    """
    origin = head.origin.number

    def read(name: TileName) -> bytes:
        """Return the bytes of a tile or bundle."""
        if name.level is not None:
            return storage.tile(origin, name) or b""
        on_entries(name.width)
        return _bundle(origin, name, on_missing)

    yield from tree_files(head.size, read)
    if with_details:
        yield ERASURES, _erasures()
        yield DETAILS, _details(origin, size=head.size)
    yield from _proofs(head, proofs)
    yield from _endings(origin)
    receipts = keys.receipt_key(head.origin.name).verifying
    yield "log.vkey", _text(f"{head.origin.vkey}\n")
    yield "receipts.vkey", _text(f"{receipts.vkey}\n")
    yield "policy", _text(_policy(head.origin.vkey).text)
    for name in _PROGRAMS:
        yield name, (Path(__file__).with_name(name).read_bytes(),)
    yield "checkpoint", _text(head.note)


def _bundle(origin: int, name: TileName, on_missing: Callable[[int], None]) -> bytes:
    """Return a bundle with nothing at the places of entries that are gone, or fit in none."""
    start = name.number * WIDTH
    found = storage.leaves_between(origin, start=start, end=start + name.width)
    entries = {leaf.position: leaf.entry for leaf in found if leaf.entry is not None}
    entries = {index: entry for index, entry in entries.items() if len(entry) <= _LONGEST}
    places = range(start, start + name.width)
    for index in places:
        if index not in entries:
            on_missing(index)
    return tiles.bundle(entries.get(index, b"") for index in places)


def _details(origin: int, *, size: int) -> Iterator[bytes]:
    """Give a line for each leaf; what was erased, or is gone, is null."""
    for start in range(0, size, _PAGE):
        with connection.cursor() as cursor:
            cursor.execute(_DETAILS, [origin, start, min(start + _PAGE, size)])
            found = cursor.fetchall()
        for row in found:
            yield _line(_as_object(row))


def _as_object(row: tuple[Any, ...]) -> dict[str, Any]:
    index, entry, actor, role, subject, parameters, *nonces = row
    by_actor, by_subject, by_parameters = (each and bytes(each).hex() for each in nonces)
    return {
        "index": index,
        "id": str(UUID(str(entry))),
        "actor": actor,
        "role": role,
        "subject": subject,
        "parameters": json.loads(parameters) if isinstance(parameters, str) else parameters,
        "actor_nonce": by_actor,
        "subject_nonce": by_subject,
        "parameters_nonce": by_parameters,
    }


def _erasures() -> Iterator[bytes]:
    """Give a line for each erasure: its entry, and what it took from which entries."""
    done = Entry.objects.filter(event=Event.DETAILS_ERASED, outcome=Outcome.ALLOW)
    for entry in done.order_by("pk").values_list("pk", flat=True).iterator():
        covers = sorted(covered_by(entry).items())
        yield _line({"id": str(entry), "covers": {str(each): parts for each, parts in covers}})


def _endings(current: int) -> Iterator[File]:
    """Give for each earlier origin its key, its last head, and why it ended."""
    for ending in endings(current):
        folder = f"{ORIGINS}/{ending.number}"
        yield f"{folder}/log.vkey", _text(f"{ending.vkey}\n")
        if ending.checkpoint is not None:
            yield f"{folder}/checkpoint", _text(ending.checkpoint)
        yield f"{folder}/statement", _text(ending.statement)


def _proofs(head: Published, indexes: Collection[int]) -> Iterator[File]:
    tree = storage.StoredTree(head.origin.number, size=head.size)
    for index in sorted(indexes):
        file = ProofFile(index, tuple(tree.inclusion(index)), head.note)
        yield f"{PROOFS}/{index}.tlog-proof", _text(file.text)


def _policy(vkey: str) -> Policy:
    """Return the policy as an auditor needs it: this log, the witnesses, no addresses."""
    trusted = policy() or Policy()
    witnesses = [replace(witness, url="") for witness in trusted.witnesses]
    return replace(trusted, logs=[Log(VerifyingKey.parse(vkey))], witnesses=witnesses)


def _line(value: dict[str, Any]) -> bytes:
    return f"{_encode(value)}\n".encode()


def _text(text: str) -> Iterable[bytes]:
    return (text.encode(),)
