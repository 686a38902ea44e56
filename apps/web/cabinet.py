"""Badges in two drawers: those one holds, and those ahead with the nearest first. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_TIERS = ("jade", "gold", "silver", "bronze")


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Badges held, the rarest tier first, and badges ahead, the nearest first."""

    held: tuple[Any, ...]
    ahead: tuple[Any, ...]


def arranged(records: Iterable[Any]) -> Cabinet:
    """Return the records of the badges in their drawers."""
    kept = list(records)
    held = [each for each in kept if each.held_since is not None]
    ahead = [each for each in kept if each.held_since is None]
    return Cabinet(
        held=tuple(sorted(held, key=lambda each: _TIERS.index(each.tier))),
        ahead=tuple(sorted(ahead, key=lambda each: -each.progress_thousandths)),
    )
