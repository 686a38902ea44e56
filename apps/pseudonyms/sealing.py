"""
Sealing what names people until it can be counted, and secrets of other systems.

Other rooms keep the sealed bytes in rows of their own; what was sealed for one
row does not open for another.
"""

from enum import StrEnum

from apps.pseudonyms.encoding import Part
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.wrapping import Seal, SealBroken

__all__ = ["Content", "SealBroken", "opened", "sealed"]


class Content(StrEnum):
    """What may be sealed here."""

    UPLOAD = Purpose.UPLOAD_SEAL
    CONNECTOR_SECRET = Purpose.CONNECTOR_SEAL


def sealed(content: bytes, *, kind: Content, row_id: Part) -> bytes:
    """Return the content sealed for the row."""
    return Seal(Purpose(kind)).close(row_id, content)


def opened(content: bytes, *, kind: Content, row_id: Part) -> bytes:
    """Return what was sealed for the row; raises SealBroken."""
    return Seal(Purpose(kind)).open(row_id, content)
