"""
The two spellings that every format of the log shares: decimals and base64.

Each value has exactly one spelling here. A reader that took others would let two
files differ in their bytes and say the same, and a signature covers bytes.
"""

import base64
import binascii
import re

# Tree sizes and times fit a signed 64-bit integer, as in Go and in the database.
MAX_NUMBER = 2**63 - 1

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def decimal_of(text: str) -> int:
    """Return the number spelt in ASCII digits without leading zeros; ValueError for others."""
    if not _DECIMAL.fullmatch(text) or (number := int(text)) > MAX_NUMBER:
        raise ValueError("This is not a canonical decimal number below 2^63.")
    return number


def base64_of(text: str) -> bytes:
    """Return the bytes spelt in standard, padded base64 (RFC 4648, 4); ValueError for others."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ValueError("This is not base64.") from fault
    if spelt(decoded) != text:
        raise ValueError("This is not canonical base64.")
    return decoded


def spelt(data: bytes) -> str:
    """Return the bytes in standard, padded base64."""
    return base64.b64encode(data).decode("ascii")
