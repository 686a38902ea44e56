"""
Versions of tools: what of them is kept, and which lie in a span. Pure.

A version is what a client says of itself, so only what has the shape of one is
kept: up to four numbers, and a word for what is not a release yet
(`0.58.0-alpha.3`). What follows a blank, a plus or another word is cut off.
"""

import re
from functools import lru_cache

_SHAPE = re.compile(
    r"v?(?P<numbers>(?>\d{1,8}(?:\.\d{1,8}){0,3}))"
    r"(?:-(?P<stage>alpha|beta|canary|dev|insiders|next|nightly|pre|preview|rc)"
    r"(?:\.?(?P<count>\d{1,8}))?)?"
    r"(?:[-+.\s].*)?",
    re.ASCII | re.DOTALL,
)
_MOST_LETTERS = 200

Rank = tuple[tuple[int, ...], int, str, int]
"""What versions are compared by: numbers, whether it is released, its stage and the count of it."""


@lru_cache(maxsize=4096)
def shortened(text: str) -> str:
    """Return the version as it is kept: `v2.1.214+abc` is `2.1.214`; empty if it is none."""
    found = _SHAPE.fullmatch(text.strip()) if len(text) <= _MOST_LETTERS else None
    if found is None:
        return ""
    numbers, stage, count = found["numbers"], found["stage"], found["count"]
    if stage is None:
        return numbers
    return f"{numbers}-{stage}" + (f".{count}" if count else "")


def rank_of(text: str) -> Rank | None:
    """Return what the version is compared by, or None if it is none; 2.1 is 2.1.0."""
    found = _SHAPE.fullmatch(shortened(text))
    if found is None:
        return None
    numbers = [int(each) for each in found["numbers"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    stage = found["stage"] or ""
    return tuple(numbers), int(not stage), stage, int(found["count"] or 0)


def lies_between(version: str, *, first: str, fixed_in: str) -> bool:
    """
    Tell whether a version is `first` or later and earlier than `fixed_in`; empty ends are open.

    What is no version lies nowhere.
    """
    rank = rank_of(version)
    if rank is None:
        return False
    lower, upper = rank_of(first), rank_of(fixed_in)
    return (lower is None or lower <= rank) and (upper is None or rank < upper)
