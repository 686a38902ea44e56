"""Boards (definitions) and who stands where (figures)."""

from apps.rankings.models.definitions import Board
from apps.rankings.models.figures import (
    Ladder,
    Release,
    ReleaseRow,
    Standing,
    StruckRow,
    WindowTotal,
)

__all__ = ["Board", "Ladder", "Release", "ReleaseRow", "Standing", "StruckRow", "WindowTotal"]
