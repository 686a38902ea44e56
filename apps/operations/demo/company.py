"""
Who works at the invented company: pure invention from a seed, nothing is stored here.

The same plan gives the same company every time. The first seven people are
those whose sign-ins are handed out; they share the first team, whose people all
work enough to stand on the boards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from apps.operations.demo import habits, names, tail

KINDS = ("employee", "named", "private", "lead", "admin", "admin2", "auditor")
TEAM_SIZE = 12
_PRIVATE = 0.12
_NAMED = 0.15
_CONNOISSEURS = 0.05
_IMMORTALS = 0.025
# People of these zones start and end their office hours on one day of the organisation.
_HOURS_FROM_UTC = (-5, -4, 0, 1, 2, 3)
_MACHINES = (
    ("nightly-migrations", "Nightly migrations", 2.2),
    ("issue-triage", "Issue triage", 1.2),
    ("dependency-updates", "Dependency updates", 0.6),
    ("release-notes", "Release notes", 0.1),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be invented: how many people, how many days, from which seed, until which day."""

    people: int
    days: int
    seed: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Team:
    """An invented team; one without a parent is a department."""

    slug: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Worker:
    """An invented person or machine, and how they work."""

    number: int
    identity: str
    name: str
    team: str
    visibility: str
    tokens_a_day: float
    quantile: float
    cache_share: float
    starts_at_hour: int
    is_immortal: bool
    is_machine: bool
    habits: tuple[habits.Habit, ...]


def teams(plan: Plan) -> list[Team]:
    """Return the departments, then the teams of about twelve people each."""
    count = max(1, round(plan.people / TEAM_SIZE))
    departments = [
        Team(f"department-{number + 1}", name, None)
        for number, name in enumerate(names.departments(max(1, round(count**0.5))))
    ]
    return departments + [
        Team(
            f"team-{number + 1}",
            names.team(number, departments[number % len(departments)].name),
            departments[number % len(departments)].slug,
        )
        for number in range(count)
    ]


def people(plan: Plan) -> Iterator[Worker]:
    """Yield the invented people; the first seven are those of `KINDS`, in that order."""
    random = Random(f"{plan.seed}:people")  # noqa: S311 - an invention is no secret
    count = max(1, round(plan.people / TEAM_SIZE))
    called = names.people(plan.people, random)
    for number, rank in enumerate(_ranks(plan.people, random)):
        quantile = tail.quantile_of(rank, plan.people)
        name, address = next(called)
        yield Worker(
            number=number,
            identity=address,
            name=name,
            team=f"team-{min(number // TEAM_SIZE, count - 1) + 1}",
            visibility=_visibility(number, rank, random),
            tokens_a_day=tail.tokens_a_day(quantile),
            quantile=quantile,
            cache_share=random.uniform(0.84, 0.95),
            starts_at_hour=9 - random.choice(_HOURS_FROM_UTC),
            is_immortal=random.random() < _IMMORTALS or number == len(KINDS),
            is_machine=False,
            habits=_habits(number, random),
        )


def machines(plan: Plan) -> list[Worker]:
    """Return the service accounts; the first two outdo the first of the people."""
    top = tail.tokens_a_day(tail.quantile_of(1, plan.people))
    return [
        Worker(
            number=plan.people + number,
            identity=f"{slug}@machines.demo.example",
            name=label,
            team="",
            visibility="named",
            tokens_a_day=top * share,
            quantile=0.999,
            cache_share=0.93,
            starts_at_hour=0,
            is_immortal=False,
            is_machine=True,
            habits=habits.machine(),
        )
        for number, (slug, label, share) in enumerate(_MACHINES)
    ]


def _ranks(people_count: int, random: Random) -> list[int]:
    """Return everyone's rank: the first team's spread over the top of the board, others drawn."""
    step = max(1, min(people_count // 10, 200) // TEAM_SIZE)
    fixed = [min((place + 1) * step, people_count) for place in range(TEAM_SIZE)]
    fixed = fixed[:people_count]
    others = sorted(set(range(1, people_count + 1)) - set(fixed))
    random.shuffle(others)
    return fixed + others


def _visibility(number: int, rank: int, random: Random) -> str:
    """Return how a person takes part: as `KINDS` says, else drawn; the first of all takes part."""
    drawn = random.random()
    if number < TEAM_SIZE:
        kind = KINDS[number] if number < len(KINDS) else ""
        return kind if kind in {"named", "private"} else "pseudonymous"
    if drawn < _PRIVATE and rank > 1:
        return "private"
    return "named" if drawn < _PRIVATE + _NAMED else "pseudonymous"


def _habits(number: int, random: Random) -> tuple[habits.Habit, ...]:
    """Return what a person works with; one of the first team is a connoisseur at any size."""
    if random.random() < _CONNOISSEURS or number == len(KINDS) + 1:
        return habits.connoisseur()
    return habits.drawn(random)
