"""Badge rules (definitions) and who earned what (figures)."""

from apps.badges.models.definitions import Badge
from apps.badges.models.figures import Award, Progress

__all__ = ["Award", "Badge", "Progress"]
