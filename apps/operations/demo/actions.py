"""
Putting the invented company in, through the same actions as real people and real usage.

Interrupted anywhere, the same command finishes the work; run again, it changes
nothing. It writes into no database that holds anything real.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model

from apps.badges import actions as badges
from apps.common import actors, clock
from apps.common.errors import Invalid
from apps.operations import sign_ins
from apps.operations.demo import company, days, plans
from apps.operations.demo.company import Plan, Worker
from apps.people import actions as people
from apps.rankings import actions as rankings
from apps.usage import actions as usage
from apps.usage.formats import UsageEvent

SOURCE = "demo"
_TOKEN_LIFETIME = timedelta(days=365)
# Large, for each batch touches totals all over the table: half the writes of batches of 20,000.
_BATCH = 100_000
_ACTOR = actors.command("demo")
_ROLES = {"lead": "lead", "admin": "admin", "admin2": "admin", "auditor": "auditor"}

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done and how much there is."""


class NotCounted(Invalid):
    """Raised when the ingest refused an invented record, for example as too old."""

    code: ClassVar[str] = "not_counted"


@dataclass(frozen=True, slots=True)
class Invention:
    """What was put in: the sign-ins, and how many records were new."""

    sign_ins: dict[str, Any]
    accepted: int


def invent(
    *, people_count: int, day_count: int, seed: int, at: datetime, progress: Progress
) -> Invention:
    """
    Invent the company and put it in; returns the sign-ins.

    Raises `HoldsRealData`, `AnotherCompany` and `NotCounted`.
    """
    plan, is_complete = plans.plan_for(
        people_count=people_count, day_count=day_count, seed=seed, at=at
    )
    finished = sign_ins.read(sign_ins.path())
    if is_complete and finished is not None:
        return Invention(finished, 0)
    workers = [*company.people(plan), *company.machines(plan)]
    ids = _enter_people(plan, workers, at=at, progress=progress)
    source = _source(at=at)
    accepted = _enter_usage(plan, workers, at=at, progress=progress)
    _rank(at=at, progress=progress)
    _open_boards(ids[: len(company.KINDS)], at=at)
    content = {
        "base_url": settings.BASE_URL,
        "people": _sign_ins(workers, ids, at=at),
        "source": {"slug": source.slug, "token": source.token},
    }
    sign_ins.write(sign_ins.path(), content)
    return Invention(content, accepted)


def _enter_people(
    plan: Plan, workers: Sequence[Worker], *, at: datetime, progress: Progress
) -> list[int]:
    """Add teams, service accounts and people; returns the people's ids in their order."""
    for team in company.teams(plan):
        people.add_team(slug=team.slug, name=team.name, parent=team.parent, actor=_ACTOR, at=at)
    ids: list[int] = []
    humans = [worker for worker in workers if not worker.is_machine]
    since = days.dates(plan)[0]
    for start in range(0, len(humans), 5_000):
        rows = [
            people.NewPerson(
                email=worker.identity,
                name=worker.name,
                team=worker.team,
                visibility=worker.visibility,
                since=since,
            )
            for worker in humans[start : start + 5_000]
        ]
        ids += people.add_people(rows, actor=_ACTOR, at=at, is_demo=True)
        progress("People", len(ids), len(humans))
    for worker in workers:
        if worker.is_machine:
            people.add_service_account(
                slug=worker.identity.partition("@")[0],
                label=worker.name,
                identity=worker.identity,
                actor=_ACTOR,
                at=at,
            )
    return ids


def _source(*, at: datetime) -> usage.IssuedSource:
    """Add the source, or after an interruption give it another token: the first one is lost."""
    try:
        return usage.add_source(slug=SOURCE, actor=_ACTOR, at=at, label="Demo", is_demo=True)
    except usage.SourceExists:
        return usage.issue_source_token(slug=SOURCE, actor=_ACTOR, at=at)


def _enter_usage(plan: Plan, workers: Sequence[Worker], *, at: datetime, progress: Progress) -> int:
    """Ingest the records day by day, so that new digests lie together; returns how many."""
    accepted = 0
    source = usage.source(SOURCE)
    grid = days.shares(plan, workers)
    for number, day in enumerate(days.dates(plan)):
        work = days.work_of_day(plan, day=number, workers=workers, tokens=grid[number])
        result = usage.ingest(
            source=source, events=_events(work, clock.start_of(day)), at=at, batch_size=_BATCH
        )
        if result.rejected:
            raise NotCounted(f"Invented records were refused: {result.rejected[0].detail}")
        accepted += result.accepted
        progress("Days of usage", number + 1, plan.days)
    return accepted


def _events(work: Iterator[days.Work], midnight: datetime) -> Iterator[UsageEvent]:
    for line, (worker, key, session, second, habit, tokens) in enumerate(work, start=1):
        uncached, read, write_5m, write_1h, output = tokens
        yield UsageEvent(
            line=line,
            id=key,
            at=midnight + timedelta(seconds=int(second)),
            model=habit.model,
            identity=worker.identity,
            tool=habit.tool,
            provider=habit.provider,
            uncached_input_tokens=uncached,
            cache_read_tokens=read,
            cache_write_5m_tokens=write_5m,
            cache_write_1h_tokens=write_1h,
            output_tokens=output,
            session=session,
            is_automation=worker.is_machine,
        )


def _rank(*, at: datetime, progress: Progress) -> None:
    """Seed badges and boards, award, rank, publish: in this order, for releases freeze badges."""
    steps: list[Callable[[], object]] = [
        lambda: badges.seed_defaults(actor=_ACTOR, at=at),
        lambda: rankings.seed_boards(actor=_ACTOR, at=at),
        lambda: badges.evaluate(on=clock.day_of(at), at=at),
        lambda: rankings.refresh_standings(at=at),
        lambda: rankings.publish_due(at=at),
    ]
    for number, step in enumerate(steps, start=1):
        step()
        progress("Badges, standings, releases", number, len(steps))


def _open_boards(ids: Sequence[int], *, at: datetime) -> None:
    """Let the people of the sign-ins view the boards."""
    holders = list(get_user_model().objects.filter(pk__in=ids))
    for board in rankings.seed_boards(actor=_ACTOR, at=at):
        rankings.allow_viewing(board.slug, holders=holders, actor=_ACTOR, at=at)


def _sign_ins(
    workers: Sequence[Worker], ids: Sequence[int], *, at: datetime
) -> dict[str, dict[str, str]]:
    """Give each of the seven a password, a role and a token; returns them by kind."""
    found = {}
    for kind, worker, person in zip(company.KINDS, workers, ids, strict=False):
        password = secrets.token_urlsafe(15)
        people.add_person(
            email=worker.identity,
            password=password,
            role=_ROLES.get(kind),
            actor=_ACTOR,
            at=at,
        )
        issued = people.issue_token(
            person_id=person, name="demo", lifetime=_TOKEN_LIFETIME, actor=_ACTOR, at=at
        )
        found[kind] = {"email": worker.identity, "password": password, "token": issued.token}
    return found
