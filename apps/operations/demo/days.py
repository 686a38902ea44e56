"""
What the invented company did: records day by day, pure and repeatable.

A record stands for some minutes of one person's work with one model. Every
person's records add up to their tokens a day times the days, to the token;
where in the window these fall follows weekdays and office hours.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from apps.operations.demo.company import Plan, Worker
from apps.operations.demo.habits import Habit

_WEEKEND = 5
_LAST_MINUTE = 23 * 60 + 58
_MACHINE_RECORDS = 48
_MOST_RECORDS = 100
_RECORDS_OF_MEDIAN = 7.0
_RECORDS_EXPONENT = 0.33


Tokens = tuple[int, int, int, int, int]


class Work(NamedTuple):
    """Some minutes of one worker with one model, on a day: when, and how many tokens."""

    worker: Worker
    key: str
    session: str
    second: float
    habit: Habit
    tokens: Tokens


def dates(plan: Plan) -> list[date]:
    """Return the days of the plan, the earliest first."""
    return [plan.last_day - timedelta(days=back) for back in range(plan.days - 1, -1, -1)]


def shares(plan: Plan, workers: Sequence[Worker]) -> list["array[int]"]:
    """Return, per day, every worker's tokens of that day; a worker's days add up exactly."""
    weekdays = [day.weekday() for day in dates(plan)]
    grid = [array("q", bytes(8 * len(workers))) for _ in weekdays]
    random = Random(f"{plan.seed}:shares")  # noqa: S311 - an invention is no secret
    for place, worker in enumerate(workers):
        weights = _day_weights(worker, weekdays, random)
        total = round(worker.tokens_a_day * plan.days)
        scale = total / sum(weights)
        given = 0
        for day, upto in enumerate(accumulate(weights)):
            reached = round(upto * scale)
            grid[day][place] = reached - given
            given = reached
    return grid


def _day_weights(worker: Worker, weekdays: Sequence[int], random: Random) -> list[float]:
    """Return how a worker's tokens fall on the days: few on weekends, none on days off."""
    if worker.is_machine:
        return [random.uniform(0.9, 1.1) for _ in weekdays]
    works = 0.4 + 0.57 * worker.quantile
    weights = [
        (0.3 if weekday >= _WEEKEND else 1.0) * random.uniform(0.5, 1.5)
        if random.random() < (0.12 if weekday >= _WEEKEND else works)
        else 0.0
        for weekday in weekdays
    ]
    if not any(weights):
        weights[random.randrange(len(weights))] = 1.0
    return weights


def work_of_day(
    plan: Plan, *, day: int, workers: Sequence[Worker], tokens: Sequence[int]
) -> Iterator[Work]:
    """Yield the day's records, worker by worker; the same plan and day give the same records."""
    random = Random(f"{plan.seed}:{day}")  # noqa: S311 - an invention is no secret
    for worker, total in zip(workers, tokens, strict=True):
        if total:
            yield from _work(worker, total, day, random)


def _work(worker: Worker, total: int, day: int, random: Random) -> Iterator[Work]:
    """Yield the records of one worker on one day; their tokens add up to the total."""
    moments = _moments(worker, total, random)
    weights = [0.3 + random.random() for _ in moments]
    scale = total / sum(weights)
    favours = list(accumulate(each.weight for each in worker.habits))
    given = 0
    upto = 0.0
    prefix = f"{worker.number:x}.{day:x}."
    for place, ((sitting, second), weight) in enumerate(zip(moments, weights, strict=True)):
        upto += weight
        reached = round(upto * scale)
        habit = worker.habits[_drawn(favours, random.random())]
        yield Work(
            worker,
            f"{prefix}{place:x}",
            f"{prefix}s{sitting}",
            second,
            habit,
            _buckets(worker, reached - given, habit, random.random()),
        )
        given = reached


def _moments(worker: Worker, total: int, random: Random) -> list[tuple[int, float]]:
    """Return sitting and second of the day of each record, gaps well below fifteen minutes."""
    if worker.is_machine:
        step = 86_400 / _MACHINE_RECORDS
        return [(place // 8, (place + random.random()) * step) for place in range(_MACHINE_RECORDS)]
    count = _record_count(worker, total, random)
    found: list[tuple[int, float]] = []
    sitting = 0
    if worker.is_immortal and random.random() < 0.8:
        # 22 records of at most 13 minutes' gap: over four hours of attended work.
        found = _sitting(sitting, worker.starts_at_hour * 3600.0, 22, (700, 780), random)
        count, sitting = max(0, count - 22), 1
    while count:
        length = min(count, random.randint(4, 16))
        begins = (worker.starts_at_hour + random.random() * 6.5) * 3600
        found += _sitting(sitting, begins, length, (180, 780), random)
        count -= length
        sitting += 1
    return found


def _record_count(worker: Worker, total: int, random: Random) -> int:
    """Return how many records a day's tokens make: more work, more records, but far from linear."""
    typical: float = _RECORDS_OF_MEDIAN * (worker.tokens_a_day / 5.6e6) ** _RECORDS_EXPONENT
    drawn = round(typical * (0.6 + 0.8 * random.random()))
    return min(total, _MOST_RECORDS, max(1, drawn))


def _sitting(
    number: int, begins: float, length: int, gaps: tuple[int, int], random: Random
) -> list[tuple[int, float]]:
    least, spread = gaps[0], gaps[1] - gaps[0]
    second = begins
    found = []
    for _ in range(length):
        found.append((number, min(second, _LAST_MINUTE * 60)))
        second += least + spread * random.random()
    return found


def _drawn(favours: Sequence[float], chance: float) -> int:
    aim = chance * favours[-1]
    return next((place for place, upto in enumerate(favours) if aim < upto), len(favours) - 1)


def _buckets(worker: Worker, total: int, habit: Habit, chance: float) -> Tokens:
    """Cut tokens into uncached input, cache reads, both cache writes and output, exactly."""
    read = int(total * (worker.cache_share - 0.03 + 0.05 * chance))
    output = int(total * (0.004 + 0.008 * chance))
    rest = total - read - output
    if not habit.writes_cache:
        return rest, read, 0, 0, output
    fresh = rest // 20
    hour = rest // 10
    return fresh, read, rest - fresh - hour, hour, output
