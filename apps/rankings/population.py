"""
Who competes on a board now, and what they used in a window.

Consent is asked of `people` at every use and lies nowhere here; subjects are found forward, from
the people who take part.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import ordering
from apps.rankings.models import Board
from apps.rankings.models.definitions import Lane, Measure
from apps.usage import queries as usage

# How many subjects' single days are read at once.
PORTION = 20_000
# Beyond so many subjects, summing everyone's usage is cheaper than picking theirs out.
MANY = 60_000


@dataclass(slots=True)
class Population:
    """Who takes part now (in the teams of the day), read once for all boards of a transaction."""

    on: date
    _roots: dict[int, int] | None = None
    _lanes: dict[tuple[str, int | None], dict[int, int]] = field(default_factory=dict)

    @property
    def roots(self) -> dict[int, int]:
        """The root of every claimed subject."""
        if self._roots is None:
            self._roots = pseudonyms.roots()
        return self._roots

    def of(self, board: Board) -> dict[int, int]:
        """Return the root subjects that compete, each with its person (services: 0)."""
        key = (board.lane, board.team_id)
        if key not in self._lanes:
            self._lanes[key] = self._read(board)
        return self._lanes[key]

    def _read(self, board: Board) -> dict[int, int]:
        if board.lane == Lane.AUTOMATION:
            return dict.fromkeys(pseudonyms.service_subjects(), 0)
        taking_part = people.participants(team_id=board.team_id, on=self.on)
        return {subject: person for person, subject in pseudonyms.subjects_of(taking_part).items()}

    def totals(self, board: Board, *, until: date, subjects: Collection[int]) -> dict[int, int]:
        """Return the value of each of the root subjects in the window that ends on `until`."""
        wanted = dict.fromkeys(subjects, 0)
        if not wanted:
            return wanted
        since, until = ordering.window(board.window_days, until=until)
        values = usage.window_values(
            measure=board.measure,
            automation=board.lane == Lane.AUTOMATION,
            since=since,
            until=until,
            subjects=None if len(wanted) > MANY else self._with_claimed(wanted),
        )
        for subject, value in values.items():
            root = self.roots.get(subject, subject)
            if root in wanted:
                wanted[root] += value
        if board.measure == Measure.ACTIVE_DAYS:
            wanted.update(self._days_of_families(wanted, since, until))
        return wanted

    def _with_claimed(self, roots: Mapping[int, int]) -> list[int]:
        claimed = [subject for subject, root in self.roots.items() if root in roots]
        return [*roots, *claimed]

    def _days_of_families(
        self, roots: Mapping[int, int], since: date | None, until: date
    ) -> dict[int, int]:
        """Count days of people with several subjects: a day with two of them is one day."""
        days: dict[int, set[date]] = {}
        for subject, root in self.roots.items():
            if root in roots:
                days.setdefault(root, set())
                days[subject] = days[root]
        for some in _portions(list(days)):
            for facts in usage.facts(since=since or date.min, until=until, subjects=some):
                days[facts.subject].update(one.day for one in facts.days)
        return {root: len(days[root]) for root in days if root in roots}


def _portions(subjects: list[int]) -> list[list[int]]:
    """Cut a list to what one statement takes."""
    return [subjects[start : start + PORTION] for start in range(0, len(subjects), PORTION)]
