"""What an administrator should look after, in sentences. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

PERSONAL = "Personal sources"
_FAR_AHEAD_SECONDS = 300


def of_sources(lines: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    """Return (source, sentence) for whatever is odd about the lines of a coverage report."""
    return tuple((title(line), words) for line in lines for words in _about(line))


def title(line: Any) -> str:
    """Return how a line is called: its slug, or that these are all personal sources."""
    return str(line.slug) if line.slug else PERSONAL


def _about(line: Any) -> Iterator[str]:
    if line.is_silent and line.spoke_on:
        day = f"{line.spoke_on.day} {line.spoke_on:%B %Y}"
        yield f"Silent since {day}, which is longer than usual."
    if line.connector and line.connector.failures:
        yield f"The connector fails: {line.connector.error or line.connector.error_code}"
    if line.uploads_failed:
        yield f"Uploads that could not be worked off: {line.uploads_failed}."
    for each in line.versions:
        for fault in each.faults:
            yield f"{each.tool} {each.version}: {fault}"
    ahead = (line.arrivals and line.arrivals.ahead_seconds) or 0
    if ahead >= _FAR_AHEAD_SECONDS:
        minutes = ahead // 60
        yield f"A clock there runs {minutes} minutes ahead."
