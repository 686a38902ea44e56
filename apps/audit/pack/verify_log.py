"""
Check a pack of the log, offline: `python verify_log.py PACK --vkey KEY`.

It needs Python 3.11 and the package cryptography. On purpose it shares no code with
the program that writes the log, so that a fault in one does not hide in the other.
The formats are those of RFC 9162 and of C2SP (signed-note, tlog-checkpoint, tlog-tiles,
tlog-cosignature, tlog-policy, tlog-proof). It holds 256 entries at a time; only what
was erased, and what is asked for, stays in memory. README.md says what each result means.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MEMBERS = ["v", "act", "actor_c", "dec", "epoch", "id", "n", "obj", "params_c", "req", "rule",
           "subject_c", "t"]  # fmt: skip
NUMBERS = {"v", "epoch", "n", "t"}
PARTS = {"a": "actor", "s": "subject", "p": "parameters"}
COMMITMENTS = {"a": "actor_c", "s": "subject_c", "p": "params_c"}
STATES = ["present", "erased", "MISSING", "ALTERED"]
KEPT, OPEN, ABSENT, BROKEN = "kept at index", "not due", "ABSENT", "BROKEN PROMISE"
LOG, COSIGNATURE = 1, 4
NO_WITNESSES = "quorum none"
HEX = re.compile("[0-9a-f]{64}", re.ASCII)
MOST_FAULTS = 1000
MOST_LOST = 3
LONGEST_LINE = 1 << 20
canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Bad(ValueError):
    """Something is not as it should be; the message says what."""


@dataclass
class Report:
    """What was found: each fault with its file and index, and what is worth knowing."""

    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    fault_count: int = 0

    def fault(self, file: str, what: str, index: int | None = None) -> None:
        """Note a fault; past the first thousand they are only counted."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append({"file": file, "index": index, "what": what})

    @contextmanager
    def named(self, file: str, index: int | None = None) -> Iterator[None]:
        """Note whatever turns out to be bad as a fault of the file."""
        try:
            yield
        except Bad as bad:
            self.fault(file, str(bad), index)


class Pack:
    """The files of a pack, from a folder or a ZIP."""

    def __init__(self, path: Path) -> None:
        with reading():
            self.root: Any = path if path.is_dir() else zipfile.Path(path)

    def has(self, name: str) -> bool:
        """Tell whether something is there."""
        return bool((self.root / name).exists())

    def open(self, name: str) -> IO[bytes]:
        """Open a file; raises Bad where it is missing, or a pipe that would be waited for."""
        with reading():
            if not self.has(name):
                raise Bad("is missing")
            if not (self.root / name).is_file():
                raise Bad("is no file")
            stream: IO[bytes] = (self.root / name).open("rb")
            return stream

    def read(self, name: str, most: int = 1 << 25) -> bytes:
        """Return the bytes of a file; raises Bad where it cannot be read or is far too long."""
        with reading(), self.open(name) as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise Bad("is too long")
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a file; raises Bad at one that is far too long, which ends it."""
        with reading(), self.open(name) as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise Bad("has a line that is too long, and was read no further")
                yield line

    def names(self, folder: str) -> list[str]:
        """Return what lies in a folder, in order."""
        with reading():
            return sorted(each.name for each in (self.root / folder).iterdir())


@contextmanager
def reading() -> Iterator[None]:
    """Turn into Bad whatever a damaged file or ZIP makes the block raise."""
    try:
        yield
    except Bad:
        raise
    except (OSError, KeyError, ValueError, EOFError, RuntimeError) as trouble:
        raise Bad("cannot be read") from trouble
    except (zipfile.BadZipFile, zlib.error, struct.error) as trouble:
        raise Bad("is damaged in the ZIP") from trouble


def json_of(data: bytes) -> dict[str, Any]:
    """Return the JSON object; raises Bad unless these are the canonical bytes for it."""
    try:
        found = json.loads(data)
        if isinstance(found, dict) and canonical(found).encode() == data:
            return found
    except (ValueError, RecursionError):
        pass
    raise Bad("is not canonical JSON")


# The tree (RFC 9162, 2.1) and its tiles.


def sha256(data: bytes) -> bytes:
    """Return the hash of the data."""
    return hashlib.sha256(data).digest()


def fold(levels: list[list[bytes]]) -> bytes:
    """Return the root over the tiles at the right edge of a tree, that of the leaves first."""
    root = b""
    for hashes in levels:
        end = len(hashes)
        while end:
            width = end & -end  # The smallest perfect subtree stands last.
            row = hashes[end - width : end]
            while len(row) > 1:
                row = [sha256(b"\1" + row[i] + row[i + 1]) for i in range(0, len(row), 2)]
            root = sha256(b"\1" + row[0] + root) if root else row[0]
            end -= width
    return root or sha256(b"")


def root_by_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (2.1.3.2); raises Bad for a wrong length."""
    first, last, root = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise Bad("is longer than the tree is high")
        if first & 1 or first == last:
            root = sha256(b"\1" + sibling + root)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            root = sha256(b"\1" + root + sibling)
        first, last = first >> 1, last >> 1
    if last or index >= size:
        raise Bad("is shorter than the tree is high")
    return root


def path_of(level: int | str, number: int, width: int) -> str:
    """Return where a tile lies: tile/0/x001/067, with .p/5 behind it if it is partial."""
    groups = f"{number:,}".split(",")
    places = [f"x{group:0>3}" for group in groups[:-1]] + [f"{groups[-1]:0>3}"]
    return "/".join(["tile", str(level), *places]) + (f".p/{width}" if width < 256 else "")


class Tree:
    """The tree built anew from the entries, and compared with the tiles on the way."""

    def __init__(self, pack: Pack, report: Report, size: int) -> None:
        self.pack, self.report, self.size = pack, report, size
        self.levels: list[list[bytes]] = [[]]
        self.roots = {0: fold([])}
        self.wrong: set[int] = set()
        self.lost = 0

    def sound_entries(self, root: bytes, sizes: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """Give the entries that are as signed; `roots` then has the roots at the sizes."""
        for number in range((self.size >> 8) + 1):
            start, entries = number << 8, self.bundle(number)
            self.levels[0] = [sha256(b"\0" + entry) for entry in entries]
            for size in [each for each in sizes if start < each <= start + len(entries)]:
                self.roots[size] = fold([self.levels[0][: size - start], *self.levels[1:]])
            wrong = self.close(0, number) if len(entries) == 256 else self.finish(root)
            self.wrong |= {start + i for i in wrong}
            yield from ((start + i, each) for i, each in enumerate(entries) if i not in wrong)

    def again(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give what all entries say once more; nothing for what was told to be wrong."""
        for number in range(-(-self.size // 256)):
            for index, data in enumerate(self.bundle(number, aloud=False), start=number << 8):
                yield index, {} if index in self.wrong else entry_of(data)

    def width(self, level: int, number: int) -> int:
        """Return how many hashes the tile has in a tree of this size."""
        return min(256, (self.size >> 8 * level) - (number << 8))

    def bundle(self, number: int, *, aloud: bool = True) -> list[bytes]:
        """
        Return the entries of a bundle; what cannot be read is empty, so not as signed.

        Raises Bad when too many bundles are lost: a head may sign any number of entries.
        """
        count, entries, place, data = self.width(0, number), [], 0, b""
        name, fault = path_of("entries", number, count), "does not end where its last entry does"
        try:
            data = self.pack.read(name) if count else b""
        except Bad as bad:
            fault = str(bad)
        for _ in range(count):
            end = place + 2 + int.from_bytes(data[place : place + 2])
            entries.append(data[place + 2 : end])
            place = end
        if aloud and place != len(data):
            self.report.fault(name, fault, number << 8)
            self.lost += 1
            if self.lost == MOST_LOST:
                raise Bad("lack too many bundles, and were read no further")
        return entries

    def tile(self, level: int, number: int, *, aloud: bool = True) -> list[bytes]:
        """Return the hashes of a tile; none, and a fault, where its file is not as long."""
        width = self.width(level, number)
        name = path_of(level, number, width)
        try:
            data = self.pack.read(name) if width else b""
        except Bad as bad:
            data, fault = b"", str(bad)
        else:
            fault = f"does not hold {width} hashes"
        if len(data) == width * 32:
            return [data[i : i + 32] for i in range(0, len(data), 32)]
        if aloud:
            self.report.fault(name, fault, number << 8 * (level + 1))
        return []

    def close(self, level: int, number: int) -> set[int]:
        """Compare a full tile, hand its hash up, and return which of our hashes are wrong."""
        ours, theirs = self.levels[level], self.tile(level, number)
        wrong: set[int] = set()
        if theirs and theirs != ours:
            above = self.tile(level + 1, number >> 8, aloud=False)[number & 255 :][:1]
            right = [fold([ours])] == above, [fold([theirs])] == above
            wrong = self.blame(level, number, theirs, right)
            # What is known to be wrong below is told once, and not again at each level above.
            ours = theirs if right[1] else ours
        self.levels[level] = []
        self.levels[level + 1 :] = self.levels[level + 1 :] or [[]]
        self.levels[level + 1].append(fold([ours]))
        if len(self.levels[level + 1]) == 256:
            self.close(level + 1, number >> 8)
        return wrong

    def finish(self, root: bytes) -> set[int]:
        """Compare the tiles that are not full, and the root; return which entries are wrong."""
        edge = [(self.size >> 8 * level) >> 8 for level in range(len(self.levels))]
        theirs = [self.tile(level, number) for level, number in enumerate(edge)]
        right = fold(self.levels) == root, fold(theirs) == root
        if not any(right):
            self.report.fault("checkpoint", "signs another root than that of the entries")
        found = [self.blame(level, edge[level], each, right) for level, each in enumerate(theirs)]
        return found[0]

    def blame(
        self, level: int, number: int, theirs: list[bytes], right: tuple[bool, bool]
    ) -> set[int]:
        """Name whose hashes are wrong, ours (so what lies below) or theirs (so the tile)."""
        pairs = enumerate(zip(self.levels[level], theirs, strict=False))
        wrong = {place for place, (our, their) in pairs if our != their}
        for place in sorted(wrong):
            index = (number << 8 | place) << 8 * level
            below = number if level == 0 else number << 8 | place
            kind, width = (level - 1, 256) if level else ("entries", self.width(0, number))
            if not right[0]:
                self.report.fault(path_of(kind, below, width), "is not as it was signed", index)
            if not right[1]:
                name = path_of(level, number, self.width(level, number))
                self.report.fault(name, f"hash {place} is not as it was signed", index)
        return set() if right[0] else wrong


# Keys and signed notes (signed-note, tlog-checkpoint, tlog-cosignature), and the policy.


def unbase64(text: str) -> bytes:
    """Return what the text encodes; raises Bad unless it is the one encoding of it."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as fault:
        raise Bad("holds something that is not base64") from fault
    if base64.b64encode(data).decode() != text:
        raise Bad("holds base64 that is not canonical")
    return data


@dataclass(frozen=True)
class Key:
    """A verifying key by its name, with the key ID that a signature line begins with."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @classmethod
    def of(cls, vkey: str, kind: int) -> "Key":
        """Return the key that a vkey tells; raises Bad for one that is damaged or another kind."""
        name, digits, encoded = [*vkey.strip().split("+", 2), "", ""][:3]
        data = unbase64(encoded)
        made = sha256(name.encode() + b"\n" + data)[:4]
        if not name or digits != made.hex() or len(data) != 33 or data[0] != kind:
            raise Bad(f"holds no Ed25519 key of type {kind}, or a damaged one")
        return cls(name, made, kind, data[1:])


@dataclass(frozen=True)
class Note:
    """A signed note: its text, and its lines as (name of the key, key ID and signature)."""

    text: str
    lines: list[tuple[str, bytes]]

    @classmethod
    def of(cls, data: bytes) -> "Note":
        """Return the note; raises Bad for what is none."""
        text, _, lines = decoded(data).rpartition("\n\n")
        form = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/=]+)")
        found = [form.fullmatch(line) for line in lines.removesuffix("\n").split("\n")]
        if (
            not text
            or not lines.endswith("\n")
            or not all(found)
            or re.search(r"[\0-\t\v-\x1f]", text)
        ):
            raise Bad("is not a signed note")
        return cls(text + "\n", [(each[1], unbase64(each[2])) for each in found if each])

    def signed_by(self, key: Key) -> int | None:
        """Return the moment of the key's signature (a log's has 0), or None; Bad if it is wrong."""
        time = None
        for name, blob in self.lines:
            if (name, blob[:4]) != (key.name, key.id):
                continue
            stamp, message = blob[4:-64], self.text.encode()
            time = int.from_bytes(stamp)
            if key.kind == COSIGNATURE:
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(blob[-64:], message)
            except InvalidSignature as fault:
                raise Bad(f"the signature of {name} is wrong") from fault
            if len(stamp) != (8 if key.kind == COSIGNATURE else 0):
                raise Bad(f"the signature of {name} has another length")
        return time


def decoded(data: bytes) -> str:
    """Return the text; raises Bad where it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        raise Bad("is not UTF-8") from fault


class Policy:
    """Who is believed (tlog-policy): logs, witnesses, and which of these are enough."""

    def __init__(self, text: str) -> None:
        self.used: set[str | bytes] = set()
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {"none": (0, [])}
        self.quorum = ""
        for words in (line.split() for line in text.split("\n")):
            if words and not words[0].startswith("#"):
                self.add(*words)
        if not self.quorum:
            raise Bad("has no line that says which witnesses are enough")

    def add(self, kind: str, name: str = "", *more: str) -> None:
        """Take in a line; raises Bad for one that is not understood."""
        known = self.witnesses.keys() | self.groups.keys()
        if kind == "log" and name:
            self.logs.append(self.key(name, LOG))
        elif kind == "witness" and more and name not in known:
            self.witnesses[name] = self.key(more[0], COSIGNATURE)
        elif kind == "group" and name not in known and known.issuperset(more[1:]) and more[1:]:
            counts = {"any": "1", "all": str(len(more) - 1)}
            need = counts.get(more[0], more[0])
            if not (need.isascii() and need.isdigit() and 1 <= int(need) < len(more)):
                raise Bad(f"has a group {name} that asks for an odd number of members")
            self.once(*more[1:])
            self.groups[name] = int(need), list(more[1:])
        elif kind == "quorum" and name in known and not more and not self.quorum:
            self.quorum = name
        else:
            raise Bad("has a line that is not understood")

    def key(self, vkey: str, kind: int) -> Key:
        """Return the key of a line; raises Bad for one that has another line already."""
        key = Key.of(vkey, kind)
        self.once(bytes([kind]) + key.public)
        return key

    def once(self, *used: str | bytes) -> None:
        """Raise Bad for a key, or a member of a group, that is used again: nobody counts twice."""
        if len(set(used)) < len(used) or not self.used.isdisjoint(used):
            raise Bad("lets a key or a member count twice")
        self.used.update(used)

    def is_met(self, name: str, signers: Collection[str]) -> bool:
        """Tell whether the witness signed, or enough members of the group did."""
        need, members = self.groups.get(name, (1, []))
        if name in self.witnesses:
            return name in signers
        return sum(self.is_met(each, signers) for each in members) >= need


@dataclass(frozen=True)
class Head:
    """A checkpoint that the log signed, and when the witnesses of the policy did."""

    size: int
    root: bytes
    times: dict[str, int]

    @classmethod
    def of(cls, data: bytes, key: Key, policy: Policy) -> "Head":
        """Return the head; raises Bad unless the log signed it, or if a known line is wrong."""
        note = Note.of(data)
        origin, size, root, *more = note.text.split("\n")
        if note.signed_by(key) is None or origin != key.name:
            raise Bad(f"is not signed by {key.name} with this key")
        if not re.fullmatch(r"0|[1-9][0-9]{0,17}", size, re.ASCII) or more != [""]:
            raise Bad("is not the checkpoint of a tree")
        times = {name: note.signed_by(each) for name, each in policy.witnesses.items()}
        return cls(int(size), unbase64(root), {k: v for k, v in times.items() if v is not None})


@dataclass(frozen=True)
class Ending:
    """Why an earlier origin of this log ended, as the one after it signed."""

    name: str
    reason: str
    heads: list[tuple[int, bytes]]

    @classmethod
    def of(cls, data: bytes, key: Key, after: Key | None) -> "Ending":
        """Return what the statement says; raises Bad unless it is that of these two origins."""
        note = Note.of(data)
        if after is None or note.signed_by(after) is None:
            raise Bad("is not signed by the origin that came after")
        lines = note.text.split("\n")
        if lines[:3] != [after.name, "continuation/v1", key.name] or len(lines) < 7:
            raise Bad("is not the statement of these two origins")
        heads = [line.partition(" ") for line in lines[3:5]]
        if not all(re.fullmatch("[0-9]{1,18}", size, re.ASCII) for size, _, _ in heads):
            raise Bad("does not tell the sizes of two heads")
        return cls(key.name, lines[5], [(int(size), unbase64(root)) for size, _, root in heads])

    def told(self, roots: dict[int, bytes]) -> str:
        """Return in words how this log's roots stand to what was signed last, and to the rest."""
        has = ["does not begin", "begins"]
        pairs = zip(self.heads, ("it signed last", "were found then"), strict=True)
        words = [
            f"{has[roots.get(size) == root]} with the {size} entries that {what}"
            for (size, root), what in pairs
        ]
        return f"{self.name} ended ({self.reason}): this log {', and '.join(words)}."


# Entries, and the personal details beside them.


def entry_of(data: bytes) -> dict[str, Any]:
    """Return what an entry says; raises Bad unless it has the canonical form of version 1."""
    entry = json_of(data)
    kinds = {name: type(value) for name, value in entry.items()}
    if list(entry) != MEMBERS or kinds != {n: int if n in NUMBERS else str for n in MEMBERS}:
        raise Bad("has not the members of an entry")
    if entry["v"] != 1 or not all(HEX.fullmatch(entry[each]) for each in COMMITMENTS.values()):
        raise Bad("is not an entry of version 1")
    return entry


def rows(pack: Pack, report: Report, name: str) -> Iterator[dict[str, Any]]:
    """Give the object of each line of a file; for a line that is none an empty one, and a fault."""
    with report.named(name):
        for number, line in enumerate(pack.lines(name)):
            row: dict[str, Any] = {}
            with report.named(name, number):
                row = json_of(line.removesuffix(b"\n"))
            yield row


def erased_parts(pack: Pack, report: Report, erasures: dict[str, Any]) -> dict[str, int]:
    """Return for each "entry part" the index of the erasure that took it; checks every list."""
    taken: dict[str, int] = {}
    name, awaited = "erasures.ndjson", dict(erasures)
    for row in rows(pack, report, name) if awaited or pack.has(name) else ():
        index, entry = awaited.pop(str(row.get("id")), (None, {}))
        covers: Any = row.get("covers")
        covers = covers if isinstance(covers, dict) else {}
        listed = "".join(f"{each} {parts}\n" for each, parts in covers.items())
        digest = f"erasure:{sha256(listed.encode()).hex()}"
        if index is None:
            report.fault(name, "has a list that is of no erasure in this log")
        elif (len(covers), digest) != (entry["n"], entry["obj"]) or len(row) != 2:
            report.fault(name, "has another list than the erasure was signed with", index)
        else:
            for key in [f"{each} {part}" for each, parts in covers.items() for part in str(parts)]:
                taken[key] = max(index, taken.get(key, index))
    for index, _ in awaited.values():
        report.fault(name, "has no list for the erasure", index)
    return taken


def part_state(entry: dict[str, Any], row: dict[str, Any], part: str) -> str:
    """Return whether a part of the details opens its commitment, is gone (MISSING) or ALTERED."""
    name = PARTS[part]
    value, nonce, role = row.get(name), row.get(f"{name}_nonce"), row.get("role")
    if nonce is None and value is None and not (part == "a" and role):
        return "MISSING"
    if part == "a":
        value = {"actor": value, "role": role}
    if isinstance(value, dict):
        value = {key: value[key] for key in sorted(value)}
    key = bytes.fromhex(nonce) if isinstance(nonce, str) and HEX.fullmatch(nonce) else b""
    made = hmac.digest(key, canonical(value).encode(), "sha256").hex()
    return "present" if key and made == entry[COMMITMENTS[part]] else "ALTERED"


class Details:
    """The personal details, one line for each entry, and what became of each."""

    name = "details.ndjson"

    def __init__(self, pack: Pack, report: Report, taken: dict[str, int]) -> None:
        self.report, self.taken = report, taken
        self.rows = rows(pack, report, self.name)
        self.row = next(self.rows, None)
        self.states = Counter(dict.fromkeys(STATES, 0))
        self.erased_by: Counter[int] = Counter()

    def row_of(self, index: int, name: str) -> dict[str, Any]:
        """Return the line of the entry; one that is lost or lies elsewhere hides no others."""
        while self.row is not None:
            row, place = self.row, self.row.get("index", index)
            is_later = type(place) is int and place > index and row.get("id") != name
            if is_later:
                break
            self.row = next(self.rows, None)
            if place == index or row.get("id") == name:
                return row
            self.report.fault(self.name, "has a line at a wrong place", index)
        return {}

    def check(self, index: int, entry: dict[str, Any]) -> None:
        """Count the state of the entry's details, that of the worst part; name what is wrong."""
        row, found = self.row_of(index, entry.get("id", "")), {"entry": "present"}
        if not entry:
            self.states["ALTERED"] += 1
            return
        for part, name in PARTS.items():
            state, eraser = part_state(entry, row, part), self.taken.get(f"{entry['id']} {part}")
            # What came later, or the erasure itself, it cannot have erased.
            if state == "MISSING" and eraser is not None and eraser > index:
                self.erased_by[eraser] += 1
                state = "erased"
            found[name] = state
        if row and (row.get("index"), row.get("id"), len(row)) != (index, entry["id"], 9):
            found["line"] = "ALTERED"
        worst = max(found.values(), key=STATES.index)
        self.states[worst] += 1
        if worst in ("MISSING", "ALTERED"):
            names = [name for name, state in found.items() if state == worst]
            self.report.fault(self.name, f"{worst}: {', '.join(names)}", index)


def check_details(
    pack: Pack, report: Report, tree: Tree, erasures: dict[str, tuple[int, dict[str, Any]]]
) -> None:
    """Check the details of all entries, and the lists of what the erasures took."""
    details = Details(pack, report, erased_parts(pack, report, erasures))
    for index, entry in tree.again():
        details.check(index, entry)
    details.row_of(tree.size, "")
    report.facts |= {"details": details.states, "erased_by": details.erased_by}


# Proofs and receipts that others hold.


@dataclass
class Proof:
    """A tlog-proof: that an entry is in the tree of a checkpoint."""

    file: str
    index: int
    hashes: list[bytes]
    checkpoint: bytes
    head: Head | None = None

    @classmethod
    def of(cls, file: str, data: bytes) -> "Proof":
        """Return the proof; raises Bad for what is none, or lies under another entry's name."""
        text, _, checkpoint = data.partition(b"\n\n")
        lines = [line for line in decoded(text).split("\n") if not line.startswith("extra ")]
        index = re.fullmatch(r"index (0|[1-9][0-9]{0,17})", [*lines, ""][1])
        if lines[0] != "c2sp.org/tlog-proof@v1" or not index:
            raise Bad("is not a tlog-proof")
        if file != f"proofs/{index[1]}.tlog-proof":
            raise Bad("is a proof for another entry than its name says")
        return cls(file, int(index[1]), [unbase64(line) for line in lines[2:]], checkpoint)

    def check(self, leaf: bytes) -> None:
        """Raise Bad unless the proof leads from the leaf to the root that was signed."""
        head = self.head
        if not head or root_by_proof(leaf, self.index, head.size, self.hashes) != head.root:
            raise Bad("does not lead from the entry to the signed root")


@dataclass
class Receipt:
    """A promise that a leaf will be in the log before it is due (milliseconds since 1970)."""

    file: str
    leaf: bytes
    due: int
    index: int | None = None

    @classmethod
    def of(cls, file: str, value: str, key: Key | None) -> "Receipt":
        """Return the receipt that a header's value holds; raises Bad unless the key signed it."""
        note = Note.of(unbase64(value.strip().rpartition(" ")[2]))
        lines = note.text.split("\n")
        form = re.fullmatch(r"[0-9]{1,16} mmd=[0-9]{1,12}", " ".join(lines[4:6]), re.ASCII)
        if not key or note.signed_by(key) is None or key.name != f"{lines[0]}/receipts":
            raise Bad("is not signed by the log's key for receipts")
        if not form or lines[1] != "receipt/v1" or len(lines) != 7:
            raise Bad("is not a receipt")
        return cls(file, unbase64(lines[3]), int(lines[4]) + 1000 * int(lines[5][4:]))

    def state(self, seen: int | None, heads: list[tuple[int, int]]) -> str:
        """
        Return what became of the promise.

        `seen` is when a trusted witness first signed the head of this pack, `heads` are sizes
        and moments of all heads that one signed. Such a moment says that a head was there by
        then, not that it was the newest: an entry may have been in the log long before.
        """
        if self.index is not None:
            late = min((at for size, at in heads if size > self.index), default=0) - self.due / 1000
            return f"{KEPT} {self.index}" + (f", at most {late:.0f} s late" if late > 0 else "")
        if seen is None:
            return f"{ABSENT}: ask for a head that a witness signed after {moment(self.due)}"
        return BROKEN if 1000 * seen > self.due else f"{OPEN} before {moment(self.due)}"


def moment(milliseconds: int) -> str:
    """Return a moment in words; beyond all calendars it is told as a number."""
    if milliseconds < 1 << 47:
        return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{milliseconds} ms after 1970"


# The check as a whole.


class Given:
    """What a check goes by: whom it believes, and what it was asked for."""

    def __init__(self, options: argparse.Namespace, pack: Pack, report: Report) -> None:
        self.options, self.pack, self.report = options, pack, report
        self.keys = self.known_keys()
        self.policy = Policy(NO_WITNESSES)
        self.heads: list[tuple[str, Head]] = []
        self.proofs: dict[int, Proof] = {}
        self.receipts: dict[bytes, Receipt] = {}
        self.endings: list[Ending] = []

    def known_keys(self) -> dict[str, Key]:
        """Return the keys of the log and of its receipts: as they were given, or the pack's."""
        keys: dict[str, Key] = {}
        for given in self.options.vkey:
            with self.report.named(given):
                key = Key.of(text_of(given), LOG)
                keys["receipts" if key.name.endswith("/receipts") else "log"] = key
        if "log" not in keys:
            self.report.notes.append("The key came with the pack: all may fit, and be invented.")
        for role, file in (("log", "log.vkey"), ("receipts", "receipts.vkey")):
            with self.report.named(file):
                own = Key.of(decoded(self.pack.read(file)), LOG) if self.pack.has(file) else None
                if own and keys.setdefault(role, own) != own:
                    self.report.fault(file, "is not the key that was given")
        return keys

    def take(self) -> Head | None:
        """Take everything that is the log's own; return the head, None where none is signed."""
        self.take_policy()
        with self.report.named("checkpoint"):
            self.take_head("checkpoint", self.pack.read("checkpoint"))
        if not self.heads:
            return None
        self.take_endings()
        self.take_rest()
        return self.heads[0][1]

    def take_policy(self) -> None:
        """Take the policy that was given, or else the pack's own."""
        file, given = self.options.policy or "policy", self.options.policy
        with self.report.named(file):
            if given or self.pack.has("policy"):
                self.policy = Policy(text_of(given or decoded(self.pack.read("policy"))))
                if self.policy.witnesses and not given:
                    words = "The policy came with the pack: its witnesses may be invented."
                    self.report.notes.append(words)
            if self.policy.logs and self.keys.get("log") not in self.policy.logs:
                self.report.fault(file, "names another log, or another key for it")

    def take_head(self, file: str, data: bytes) -> Head:
        """Keep a head that the log signed, to be compared with the tree; raises Bad otherwise."""
        if "log" not in self.keys:
            raise Bad("cannot be checked: no key of the log is known")
        head = Head.of(data, self.keys["log"], self.policy)
        self.heads.append((file, head))
        return head

    def take_endings(self) -> None:
        """Take why earlier origins of the log ended, each signed by the next."""
        after, report = self.keys["log"], self.report
        count = len(self.pack.names("origins")) if self.pack.has("origins") else 0
        for folder in [f"origins/{number}" for number in range(count, 0, -1)]:
            with report.named(f"{folder}/statement"):
                key = Key.of(decoded(self.pack.read(f"{folder}/log.vkey")), LOG)
                ending = Ending.of(self.pack.read(f"{folder}/statement"), key, after)
                self.endings.append(ending)
                after = key
                if self.pack.has(f"{folder}/checkpoint"):
                    head = Head.of(self.pack.read(f"{folder}/checkpoint"), key, self.policy)
                    if head.size == ending.heads[0][0] and head.root != ending.heads[0][1]:
                        raise Bad("names another head than was signed")

    def take_rest(self) -> None:
        """Keep the older checkpoints, receipts and proofs that are this log's own."""
        for file in self.options.older:
            with self.report.named(file):
                self.take_head(file, text_of(file).encode())
        for file in self.options.receipt:
            with self.report.named(file):
                receipt = Receipt.of(file, text_of(file), self.keys.get("receipts"))
                self.receipts[receipt.leaf] = receipt
        for name in self.pack.names("proofs") if self.pack.has("proofs") else ():
            file = f"proofs/{name}"
            with self.report.named(file):
                proof = Proof.of(file, self.pack.read(file))
                proof.head = self.take_head(file, proof.checkpoint)
                self.proofs[proof.index] = proof


class Check:
    """One check of a pack: the tree built anew, and compared with all that was given."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.report, self.pack = options, Report(), Pack(Path(options.pack))
        given = Given(options, self.pack, self.report)
        self.head, self.origin, self.policy = given.take(), given.keys.get("log"), given.policy
        self.heads, self.proofs, self.receipts = given.heads, given.proofs, given.receipts
        self.endings = given.endings
        self.erasures: dict[str, tuple[int, dict[str, Any]]] = {}

    def run(self) -> Report:
        """Check everything; without a signed head there is no more to check."""
        if self.head and self.origin:
            facts, root = self.report.facts, base64.b64encode(self.head.root).decode()
            facts |= {"origin": self.origin.name, "size": self.head.size, "root": root}
            facts |= {"witnesses": self.head.times, "older": len(self.options.older)}
            facts |= {"proofs": len(self.proofs), "receipts": {}}
            with self.report.named("tile/entries"):
                self.compare(Tree(self.pack, self.report, self.head.size), self.head)
        return self.report

    def compare(self, tree: Tree, head: Head) -> None:
        """Compare the tree with everything that was taken."""
        report = self.report
        if not self.policy.is_met(self.policy.quorum, head.times):
            words = "lacks cosignatures that the policy asks for"
            # A head that was signed just now has none; who insists brings a policy.
            if self.options.policy:
                report.fault("checkpoint", words)
            report.notes.append(f"The checkpoint {words}.")
        self.walk(tree, head)
        report.notes.extend(ending.told(tree.roots) for ending in self.endings)
        for file, each in self.heads[1:]:
            if tree.roots.get(each.size) != each.root:
                report.fault(file, f"is not of this log: the first {each.size} entries differ")
        for proof in self.proofs.values():
            report.fault(proof.file, "is of an entry that is not in this log", proof.index)
        report.facts["receipts"] = self.promises(tree, head)
        if self.pack.has("details.ndjson"):
            check_details(self.pack, report, tree, self.erasures)

    def promises(self, tree: Tree, head: Head) -> dict[str, str]:
        """Return what became of each receipt; only moments of the given policy count."""
        sound = [each for _, each in self.heads if tree.roots.get(each.size) == each.root]
        seen = [(each.size, min(each.times.values())) for each in sound if each.times]
        seen = seen if self.options.policy else []
        newest = min((at for size, at in seen if size == head.size), default=None)
        states = {each.file: each.state(newest, seen) for each in self.receipts.values()}
        for file, state in states.items():
            if state == BROKEN:
                self.report.fault(file, BROKEN)
            elif not state.startswith(KEPT):
                self.report.notes.append(f"The promise of {file} is not settled: keep it.")
        return states

    def walk(self, tree: Tree, head: Head) -> None:
        """Check entries, proofs and receipts, and keep the erasures."""
        sizes = {each.size for _, each in self.heads}
        sizes |= {size for ending in self.endings for size, _ in ending.heads}
        for index, data in tree.sound_entries(head.root, sizes):
            leaf = sha256(b"\0" + data)
            bundle = path_of("entries", index >> 8, tree.width(0, index >> 8))
            with self.report.named(bundle, index):
                tree.wrong.add(index)
                entry = entry_of(data)
                tree.wrong.remove(index)
                self.take_entry(index, entry)
            if index in self.proofs:
                with self.report.named(self.proofs[index].file, index):
                    self.proofs.pop(index).check(leaf)
            if leaf in self.receipts:
                self.receipts[leaf].index = index

    def take_entry(self, index: int, entry: dict[str, Any]) -> None:
        """Keep an erasure; raises Bad where the log went on and the pack does not say why."""
        if (entry["act"], entry["dec"]) == ("details.erased", "allow"):
            self.erasures[entry["id"]] = index, entry
        begun = [f"origin:{number + 2}" for number in range(len(self.endings))]
        if entry["act"] == "log.continued" and entry["obj"] not in begun:
            raise Bad(f"tells of {entry['obj']}, and nothing here says why it began")


def text_of(given: str) -> str:
    """Return what the file of this name holds, or the text itself where there is no such file."""
    with reading():
        return Path(given).read_text(encoding="utf-8") if Path(given).is_file() else given


def told(report: Report) -> Iterator[str]:
    """Give the lines of the report for people."""
    facts = report.facts
    if facts:
        yield f"{facts['origin']}: {facts['size']} entries, root {facts['root']}"
        names = ", ".join(f"{name} at {time}" for name, time in facts["witnesses"].items())
        yield f"Signed by the log; witnesses: {names or 'none'}."
        yield f"Older checkpoints: {facts['older']}. Proofs: {facts['proofs']}."
        states = ", ".join(f"{n} {state}" for state, n in facts.get("details", {}).items())
        yield f"Details: {states or 'not in this pack'}."
        yield from (
            f"  {n} parts erased by entry {k}" for k, n in facts.get("erased_by", {}).items()
        )
        yield from (f"Receipt {file}: {state}" for file, state in facts.get("receipts", {}).items())
    yield from report.notes
    for each in report.faults:
        place = "" if each["index"] is None else f", entry {each['index']}"
        yield f"FAULT in {each['file']}{place}: {each['what']}."
    right = "No faults; read what is said above." if report.notes else "All is right."
    yield f"{report.fault_count} faults." if report.fault_count else right


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for; ends the program where it cannot be understood."""
    parser = argparse.ArgumentParser(description="Check a pack of the log, offline.")
    add = parser.add_argument
    add("pack", metavar="PACK", help="a folder or a ZIP")
    add("--vkey", action="append", default=[], help="a key that you hold, as text or in a file")
    add("--policy", metavar="FILE", help="the witnesses that you believe (tlog-policy)")
    add("--older", metavar="FILE", nargs="+", default=[], help="checkpoints that you kept")
    add("--receipt", metavar="FILE", nargs="+", default=[], help="receipts that you kept")
    add("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if not Path(options.pack).exists():
        parser.error("there is no such pack")
    return options


def main() -> int:
    """Check what the command line names; return 0 only if all is right."""
    options = options_of()
    report = Report()
    with report.named(options.pack):
        report = Check(options).run()
    found = json.dumps({"ok": not report.fault_count, **vars(report)})
    sys.stdout.write((found if options.json else "\n".join(told(report))) + "\n")
    return 1 if report.fault_count else 0


if __name__ == "__main__":
    sys.exit(main())
