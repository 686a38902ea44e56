"""
The company's days, one portion of people after the other.

A portion is a list of root subjects with everything that was claimed for them; memory holds one
portion at a time, however large the company. Automation is left out, services are nobody.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.badges.rulebook import Judged
from apps.badges.scoring import WEEK, Company, Facts, SustainedVolume, joined, ranked
from apps.pseudonyms import queries as pseudonyms
from apps.usage import queries as usage

PORTION = 500
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Portion:
    """People whose roots lie in (above, up_to], with their facts."""

    above: int
    up_to: int
    facts: dict[int, Facts]


def portions(judged: Sequence[Judged], *, on: date) -> Iterator[Portion]:
    """Yield all people's days in portions that together cover every subject number."""
    since = min((one.since(on) for one in judged), default=on)
    families = _families(since, on)
    ordered = sorted(families)
    above = -1
    for start in range(0, max(len(ordered), 1), PORTION):
        some = ordered[start : start + PORTION]
        is_last = start + PORTION >= len(ordered)
        up_to = LARGEST if is_last else some[-1]
        yield Portion(above, up_to, _facts({root: families[root] for root in some}, since, on))
        above = up_to


def company(judged: Sequence[Judged], *, on: date) -> Company:
    """Return the yardsticks that the rules need: weeks of fresh tokens, volumes of windows."""
    weeks = [one.rule.of_weeks for one in judged if isinstance(one.rule, SustainedVolume)]
    windows = {one.rule.days_back for one in judged if one.rule.needs_volumes}
    return Company(
        weeks=tuple(
            _values("fresh_tokens", on - timedelta(days=week * WEEK), WEEK)
            for week in range(max(weeks, default=0))
        ),
        volumes={days: _values("total_tokens", on, days) for days in windows},
    )


def _values(measure: str, until: date, days: int) -> tuple[int, ...]:
    """Return everyone's value in the window, largest first."""
    sums: dict[int, int] = defaultdict(int)
    for root, _, value in _attended(measure, until - timedelta(days=days - 1), until):
        sums[root] += value
    return ranked(sums.values())


def _families(since: date, until: date) -> dict[int, list[int]]:
    """Return the stored subjects with attended usage in the window, by their root."""
    families: dict[int, list[int]] = defaultdict(list)
    for root, subject, _ in _attended("total_tokens", since, until):
        families[root].append(subject)
    return families


def _attended(measure: str, since: date, until: date) -> Iterator[tuple[int, int, int]]:
    """Yield root, subject and value of everyone but services, automation left out."""
    services, roots = pseudonyms.service_subjects(), pseudonyms.roots()
    found = usage.window_values(measure=measure, automation=False, since=since, until=until)
    for subject, value in found.items():
        if subject not in services:
            yield roots.get(subject, subject), subject, value


def _facts(families: dict[int, list[int]], since: date, until: date) -> dict[int, Facts]:
    root_of = {subject: root for root, members in families.items() for subject in members}
    parts: dict[int, list[Facts]] = {root: [] for root in families}
    for found in usage.facts(since=since, until=until, subjects=list(root_of)):
        parts[root_of[found.subject]].append(Facts(found.days))
    return {root: some[0] if len(some) == 1 else joined(some) for root, some in parts.items()}
