"""Damage to inputs: bytes turned, pieces moved, and values of JSON put where they do not belong."""

import json
from random import Random
from typing import Any

LONGEST = 64 * 1024
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, -(2**31), 2**63, 10**12, 10**13, 10**400, 0.5, -0.5, 1e308,
    "", "a", "-1", "1", "NaN", "\x00", "🦓", "x" * 300, "2026-10-01", "2026-10-01T10:00:00Z",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", [], {}, [[]], [{}], {"": None},
)  # fmt: skip
_TOKENS = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r", b"\x00", b"\xff",
    b"\xef\xbb\xbf",
    b"1e999", b"-", b"null", b"\\ud800", b"\\u0000", b"9" * 400, b"[" * 5000, b'{"a":' * 2000,
)  # fmt: skip


def mutated(text: bytes, dice: Random) -> bytes:
    """Return the input with some damage."""
    for _ in range(dice.randrange(1, 4)):
        change = dice.choice((_value, _value, _turned, _token, _cut, _doubled))
        text = change(text, dice)[:LONGEST]
    return text


def _value(text: bytes, dice: Random) -> bytes:
    """Put some value in place of another, in the whole or in one line."""
    lines = text.split(b"\n")
    place = dice.randrange(len(lines))
    for found in (text, lines[place]):
        try:
            document = json.loads(found)
        except (ValueError, RecursionError):
            continue
        changed = json.dumps(_placed(document, dice)).encode("utf-8", "surrogatepass")
        if found is text:
            return changed
        lines[place] = changed
        return b"\n".join(lines)
    return _turned(text, dice)


def _placed(value: Any, dice: Random) -> Any:
    if isinstance(value, dict) and value and dice.random() < 0.9:
        name = dice.choice(list(value))
        if dice.random() < 0.1:
            return {key: each for key, each in value.items() if key != name}
        return value | {name: _placed(value[name], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        place = dice.randrange(len(value))
        if dice.random() < 0.1:
            return value + value
        return [*value[:place], _placed(value[place], dice), *value[place + 1 :]]
    return dice.choice(_VALUES)


def _turned(text: bytes, dice: Random) -> bytes:
    if not text:
        return bytes([dice.randrange(256)])
    changed = bytearray(text)
    for _ in range(dice.randrange(1, 9)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _token(text: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(text) + 1)
    return text[:place] + dice.choice(_TOKENS) + text[place:]


def _cut(text: bytes, dice: Random) -> bytes:
    start, end = sorted(dice.randrange(len(text) + 1) for _ in range(2))
    return text[:start] + text[end:]


def _doubled(text: bytes, dice: Random) -> bytes:
    start, end = sorted(dice.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[start:]
