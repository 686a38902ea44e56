"""
Which of several statements about the same counts: the latest, whatever order they came in.

A report may also say that a day was complete as of a moment: what was stated
before, and not again, is void.
"""

from datetime import datetime
from typing import Any, Protocol, TypeVar


class Version(Protocol):
    """A statement as of a moment; `rank` begins with the moment and settles the rest alike."""

    @property
    def as_of(self) -> datetime:
        """As of when it was so."""

    @property
    def rank(self) -> tuple[Any, ...]:
        """What decides between two versions: the moment, the larger total, anything fixed."""


V = TypeVar("V", bound=Version)


def latest(stored: V | None, told: V, complete_as_of: datetime | None) -> V | None:
    """Return the version that counts now, None if nothing that was told does."""
    found = told if stored is None or told.rank > stored.rank else stored
    return None if is_void(found, complete_as_of) else found


def is_void(version: Version, complete_as_of: datetime | None) -> bool:
    """Tell whether a day's statements were complete later, without this one among them."""
    return complete_as_of is not None and version.as_of < complete_as_of
