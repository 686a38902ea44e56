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
from apps.rankings.models.definitions import Lane
from apps.usage import queries as usage


@dataclass(slots=True)
class Population:
    """Who takes part, read once for all boards of one transaction."""

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
        taking_part = people.participants(team_id=board.team_id)
        return {subject: person for person, subject in pseudonyms.subjects_of(taking_part).items()}

    def totals(self, board: Board, *, until: date, subjects: Collection[int]) -> dict[int, int]:
        """Return the value of each of the root subjects in the window that ends on `until`."""
        wanted = dict.fromkeys(subjects, 0)
        if not wanted:
            return wanted
        since, until = ordering.window(board.window_days, until=until)
        # Most of the company: one pass over the days is cheaper than a list of tens of thousands.
        narrowed = None if 2 * len(wanted) > len(self.of(board)) else self._with_claimed(wanted)
        values = usage.window_values(
            measure=board.measure,
            automation=board.lane == Lane.AUTOMATION,
            since=since,
            until=until,
            subjects=narrowed,
        )
        for subject, value in values.items():
            root = self.roots.get(subject, subject)
            if root in wanted:
                wanted[root] += value
        return wanted

    def _with_claimed(self, roots: Mapping[int, int]) -> list[int]:
        claimed = [subject for subject, root in self.roots.items() if root in roots]
        return [*roots, *claimed]
