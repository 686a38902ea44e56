"""What happened (`entries`), and the tree over it that outsiders can check (`tree`)."""

from apps.audit.models.entries import Detail, Entry, Erasure, Log
from apps.audit.models.tree import Checkpoint, Cosignature, Freeze, Leaf, Origin, Tile

__all__ = [
    "Checkpoint",
    "Cosignature",
    "Detail",
    "Entry",
    "Erasure",
    "Freeze",
    "Leaf",
    "Log",
    "Origin",
    "Tile",
]
