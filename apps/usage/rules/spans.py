"""
Active time: moments joined into spans wherever less than an idle gap lies between them.

Merging is a union: any order and any partition of the same moments gives the
same spans, and merging again changes nothing.
"""

from collections.abc import Iterable

IDLE_GAP_SECONDS = 15 * 60

Span = tuple[int, int]


def merge(spans: Iterable[Span], moments: Iterable[int] = ()) -> list[Span]:
    """Return the spans (epoch seconds, sorted) of old spans and new moments together."""
    pieces = sorted([*spans, *((moment, moment) for moment in moments)])
    merged: list[Span] = []
    for first, last in pieces:
        if merged and first - merged[-1][1] <= IDLE_GAP_SECONDS:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def active_seconds(spans: Iterable[Span]) -> int:
    """Return the time that the spans cover, in seconds; a lone moment covers none."""
    return sum(last - first for first, last in spans)
