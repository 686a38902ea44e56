"""Boards (definitions) and who stands where (figures)."""

from apps.rankings.models.definitions import Board
from apps.rankings.models.figures import Release, ReleaseRow, Standing, WindowTotal

__all__ = ["Board", "Release", "ReleaseRow", "Standing", "WindowTotal"]
