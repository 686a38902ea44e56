"""
Everyone's own standing: refreshed from who was touched, compared once a day with a full sum.

Both lock the boards first. Whoever turns private meanwhile waits for the lock, and is then
removed; whoever was private before is not among those who take part: so no standing of a private
person survives a refresh.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.db import transaction

from apps.common import clock
from apps.people import queries as people
from apps.rankings import tables
from apps.rankings.models import Board, Ladder, Standing, WindowTotal
from apps.rankings.population import Population
from apps.usage import queries as usage

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: boards, subjects with new usage, window totals summed anew."""

    boards: int
    touched: int
    summed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a recomputation found: window totals compared, and those that differed (repaired)."""

    compared: int
    differences: int


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the boards: what it starts from, and sums that boards alike share."""

    population: Population
    touched: set[int]
    today: date
    _sums: dict[tuple[str, frozenset[int]], dict[int, int]] = field(default_factory=dict)

    def totals(self, board: Board, *, due: Collection[int]) -> dict[int, int]:
        """Return the window totals of those due, summed once for all boards of one basis."""
        key = (_basis(board, self.today), frozenset(due))
        if key not in self._sums:
            self._sums[key] = self.population.totals(board, until=self.today, subjects=due)
        return self._sums[key]


@transaction.atomic
def refresh_standings(*, at: datetime) -> Refreshed:
    """Sum anew who was touched, on every active board, and rank those who take part now."""
    boards = locked_boards()
    today = clock.day_of(at)
    population = Population(on=today)
    touched = _touched_roots(population)
    summed = _refresh(boards, Pass(population, touched, today))
    _clear_retired()
    log.info("standings.refreshed", boards=len(boards), touched=len(touched), summed=summed)
    return Refreshed(boards=len(boards), touched=len(touched), summed=summed)


@transaction.atomic
def recompute(*, at: datetime) -> Comparison:
    """Sum every window from scratch, count what differs from the incremental totals, repair it."""
    boards = locked_boards()
    today = clock.day_of(at)
    population = Population(on=today)
    touched = _touched_roots(population)
    _refresh(boards, Pass(population, touched, today))
    compared = differences = 0
    late: set[int] = set()
    for board in boards:
        truth = population.totals(board, until=today, subjects=population.of(board).keys())
        # Usage that was committed since the refresh is no fault: its subjects were touched again.
        late |= _touched_roots(population)
        differences += _repair(board, truth, late)
        compared += len(truth)
    _refresh(boards, Pass(population, late, today))
    write = log.warning if differences else log.info
    write("standings.recomputed", compared=compared, differences=differences)
    return Comparison(compared=compared, differences=differences)


def locked_boards() -> list[Board]:
    """Lock every board until the transaction ends and return the active ones."""
    boards = Board.objects.select_for_update(no_key=True).order_by("pk")
    return [board for board in boards if board.is_active]


def _touched_roots(population: Population) -> set[int]:
    return {population.roots.get(subject, subject) for subject in usage.take_touched()}


def _basis(board: Board, today: date) -> str:
    return f"{today} {board.measure} {board.window_days} {board.lane} {board.team_id or 'company'}"


def _refresh(boards: Collection[Board], one_pass: Pass) -> int:
    """Bring the boards up to date; return how many window totals are new."""
    return sum(_refresh_one(board, one_pass) for board in boards)


def _refresh_one(board: Board, one_pass: Pass) -> int:
    basis = _basis(board, one_pass.today)
    revision = people.revision()  # before anybody is asked: a later change is seen next time
    ladder = Ladder.objects.filter(board=board, basis=basis).first()
    stored = tables.held(board.pk)
    held = stored.keys()
    is_same_people = ladder is not None and ladder.people_revision == revision
    # Nobody joined or left since these were written, or everybody is asked anew.
    is_known = is_same_people and board.is_of_people
    present = held if is_known else one_pass.population.of(board).keys()
    # Without the same basis the day changed, so every window moved, or the board was changed.
    due = (present & one_pass.touched) | (present - held) if ladder else set(present)
    gone = held - present
    totals = one_pass.totals(board, due=due)
    if _is_of_few(board, {**stored, **totals}, among=present):
        _clear([board.pk])
        return len(due)
    tables.store(board.pk, totals)
    tables.drop(board.pk, gone)
    if due or gone or not is_same_people:  # whoever was struck is gone from the totals already
        tables.rank(board.pk)
    Ladder.objects.update_or_create(
        board=board, defaults={"basis": basis, "people_revision": revision}
    )
    return len(due)


def _repair(board: Board, truth: Mapping[int, int], late: Collection[int]) -> int:
    """Make the stored totals true; return how many were not, without the late."""
    if _is_of_few(board, truth, among=truth):
        _clear([board.pk])
        return 0
    held = tables.held(board.pk)
    wrong = {s: value for s, value in truth.items() if held.get(s) != value and s not in late}
    strangers = held.keys() - truth.keys()
    tables.store(board.pk, wrong)
    tables.drop(board.pk, strangers)
    if wrong or strangers:
        tables.rank(board.pk)
    return len(wrong) + len(strangers)


def _is_of_few(board: Board, totals: Mapping[int, int], *, among: Collection[int]) -> bool:
    """
    Tell whether the board is of a team in which fewer compete than may be published.

    A rank among five colleagues tells too much of each; among the whole company it is one's own.
    """
    if board.team_id is None or not board.is_of_people:
        return False
    return sum(totals[subject] > 0 for subject in among) < board.participants_needed


def _clear_retired() -> None:
    """Boards that are no longer active keep no totals and no standings."""
    retired = list(Ladder.objects.filter(board__is_active=False).values_list("board", flat=True))
    if retired:
        _clear(retired)


def _clear(boards: Collection[int]) -> None:
    """Keep nothing for the boards; without a ladder, the next refresh sums all of them anew."""
    for figures in (Standing, WindowTotal, Ladder):
        figures.objects.filter(board__in=boards).delete()
