"""Sources (definitions) and what they reported (figures)."""

from apps.usage.models.definitions import Source
from apps.usage.models.figures import (
    Batch,
    CountedDay,
    DayTotal,
    Kind,
    Reading,
    Rejection,
    SeenRecord,
    Session,
    TouchedSubject,
)

__all__ = [
    "Batch",
    "CountedDay",
    "DayTotal",
    "Kind",
    "Reading",
    "Rejection",
    "SeenRecord",
    "Session",
    "Source",
    "TouchedSubject",
]
