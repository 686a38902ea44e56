"""
One unambiguous encoding for everything that is keyed, sealed or named.

Each part is written as a type letter, its length and its bytes, so that no two
different tuples share an encoding: ("ab", "c") is not ("a", "bc").
"""

import struct

Part = str | int | bytes


def enc(*parts: Part) -> bytes:
    """Return the parts as one length-prefixed string of bytes."""
    return b"".join(map(_encoded, parts))


def text(part: str) -> bytes:
    """Return what `enc` makes of one text, for where thousands are asked for."""
    content = part.encode("utf-8", "surrogatepass")
    return b"s" + len(content).to_bytes(4, "big") + content


def _encoded(part: Part) -> bytes:
    if isinstance(part, bytes):
        letter, content = b"b", part
    elif isinstance(part, str):
        return text(part)
    else:
        letter, content = b"i", str(int(part)).encode("ascii")
    return letter + struct.pack(">I", len(content)) + content
