"""
The bytes of an entry: what the log promises never to change.

A leaf is canonical JSON (after RFC 8785): the member "v" first, the others
sorted by name, no whitespace, Unicode in NFC, strings and integers only. It
holds no personal value. Who acted, about whom and with what words are bound by
commitments, HMAC-SHA256 under a random nonce that lies beside the log: as long
as the nonce exists the details can be checked, and once it is gone the
commitment says nothing. This module is pure; it knows neither tables nor time.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields

VERSION = 1
MAX_BYTES = 1023
NONCE_BYTES = 32

# Free text could name a person, and a leaf cannot be erased: codes and opaque ids only.
_CODE = re.compile(r"[A-Za-z0-9._:-]{0,80}", re.ASCII)
_PERSONAL_OBJECTS = ("user:", "person:", "people:", "email:")
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode

Value = str | int
Parameters = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one entry says in public; the fields stand in the order of their bytes."""

    act: str
    actor_c: str
    dec: str
    epoch: int
    id: str
    n: int
    obj: str
    params_c: str
    req: str
    rule: str
    subject_c: str
    t: int


_TYPES = {field.name: field.type for field in fields(Leaf)}
MEMBERS = tuple(_TYPES)


def entry_bytes(leaf: Leaf) -> bytes:
    """Return the canonical bytes of the leaf; ValueError for text that may not stand in one."""
    for text in (leaf.act, leaf.dec, leaf.obj, leaf.req, leaf.rule):
        if not _CODE.fullmatch(text):
            raise ValueError("A leaf holds codes and opaque ids of at most 80 characters.")
    if leaf.obj.startswith(_PERSONAL_OBJECTS):
        raise ValueError("A leaf names no person: pass people as the subject.")
    written = _encode({"v": VERSION} | {name: getattr(leaf, name) for name in MEMBERS})
    return written.encode()


def read(entry: bytes) -> Leaf:
    """Return what the bytes of an entry say; ValueError, and nothing else, unless canonical."""
    if len(entry) > MAX_BYTES:
        raise ValueError(f"An entry has at most {MAX_BYTES} bytes.")
    try:
        members = json.loads(entry)
    except RecursionError:
        raise ValueError("These bytes of an entry are nested without end.") from None
    if not isinstance(members, dict) or members.pop("v", None) != VERSION:
        raise ValueError("These are not the bytes of an entry of version 1.")
    if tuple(members) != MEMBERS:
        raise ValueError("An entry has other members, or they stand in another order.")
    leaf = Leaf(**members)
    if any(type(members[name]) is not kind for name, kind in _TYPES.items()):
        raise ValueError("A member of an entry is of another type.")
    if entry_bytes(leaf) != entry:
        raise ValueError("These bytes of an entry are not canonical.")
    return leaf


def clean(text: str) -> str:
    """Return the text in NFC, without what a database cannot keep: NUL and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    kept = text.replace("\x00", "�").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", kept)


def clean_parameters(parameters: Parameters) -> dict[str, Value]:
    """Return the parameters as they are kept and committed to; ValueError for other types."""
    kept: dict[str, Value] = {}
    for name in sorted(parameters):
        value = parameters[name]
        if not _NAME.fullmatch(name):
            raise ValueError("Parameters are named in snake case.")
        if type(value) is int:
            kept[name] = value
        elif isinstance(value, str):
            kept[name] = clean(str(value))
        else:
            raise ValueError("Parameters are strings and integers.")
    return kept


def commit_actor(nonce: bytes, actor: str, role: str) -> str:
    """Return the commitment to who acted and in what role, as hex digits."""
    return _commit(nonce, {"actor": actor, "role": role})


def commit_subject(nonce: bytes, subject: str | None) -> str:
    """Return the commitment to the person concerned; nobody is committed to as well."""
    return _commit(nonce, subject)


def commit_parameters(nonce: bytes, parameters: Parameters) -> str:
    """Return the commitment to the parameters, whatever their order."""
    return _commit(nonce, {name: parameters[name] for name in sorted(parameters)})


def _commit(nonce: bytes, value: object) -> str:
    if len(nonce) != NONCE_BYTES:
        raise ValueError("A nonce has 32 bytes.")
    return hmac.digest(nonce, _encode(value).encode(), hashlib.sha256).hex()
