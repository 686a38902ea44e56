"""A small company with usage, boards and releases, made through the rooms' own actions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group

from apps.common import actors
from apps.people import actions as people_actions
from apps.people.actions.bulk import NewPerson
from apps.rankings import actions as rankings
from apps.usage import actions as usage
from apps.usage import queries as usage_queries
from apps.usage.formats import UsageEvent
from tests import people

OPERATOR = actors.command("tests")
# What each used yesterday; erin and frank tie. The sums have more than three digits.
TOKENS = {"alice": 7_654_321, "bob": 4_321_987, "carol": 9_999_999, "dora": 1_234_567}
TOKENS |= {"erin": 600_500, "frank": 600_500}
CHOICES = {"alice": "pseudonymous", "bob": "named", "carol": "private", "dora": "pseudonymous"}
CHOICES |= {"erin": "named", "frank": "pseudonymous"}
ROBOT = 5_000_000
# As many more as a board needs; each used one token, so that they stand below all the others.
CROWD = 50


@dataclass
class Company:
    """The people by first name, and the moment at which everything was made."""

    people: dict[str, Any]
    at: datetime
    source_token: str

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


def found(at: datetime) -> Company:
    """Found the company: six people, a crowd, a robot, yesterday's usage, boards published."""
    gather(at)
    staff = {name: people.add(name, visibility=CHOICES[name], at=at) for name in TOKENS}
    people_actions.add_service_account(
        slug="nightly",
        label="Nightly robot",
        identity="nightly@robots.example",
        actor=OPERATOR,
        at=at,
    )
    issued = usage.add_source(slug="feed", actor=OPERATOR, at=at)
    usage.ingest(source=usage_queries.source("feed"), events=list(_events(at)), at=at)
    rankings.seed_boards(actor=OPERATOR, at=at)
    for board in ("tokens-30d", "tiers-30d", "automation-30d", "fresh-7d"):
        show_only_the_staff(board)
        if board != "fresh-7d":  # nobody is allowed to see that one
            employees = Group.objects.get(name="employees")
            rankings.allow_viewing(board, holders=[employees], actor=OPERATOR, at=at)
    rankings.refresh_standings(at=at)
    rankings.publish_due(at=at)
    return Company(staff, at, issued.token)


def gather(at: datetime, *, size: int = CROWD) -> list[int]:
    """Add the crowd, pseudonymous and without passwords; return the accounts' numbers."""
    rows = [NewPerson(_extra(number), visibility="pseudonymous") for number in range(size)]
    return people_actions.add_people(rows, actor=OPERATOR, at=at)


def show_only_the_staff(slug: str) -> None:
    """Let a board have as many rows as there are staff who take part."""
    from apps.rankings.models import Board

    taking_part = sum(choice != "private" for choice in CHOICES.values())
    Board.objects.filter(slug=slug).update(size=taking_part)


def _extra(number: int) -> str:
    return f"extra{number:02}@corp.example"


def _events(at: datetime):
    yesterday = at - timedelta(days=1)
    for line, (name, tokens) in enumerate(TOKENS.items(), start=1):
        yield UsageEvent(
            line=line,
            id=f"r-{name}",
            at=yesterday,
            model="claude-opus-4-6",
            provider="anthropic",
            tool="claude-code",
            identity=f"{name}@corp.example",
            cache_read_tokens=tokens - 1000,
            output_tokens=1000,
            session=f"s-{name}",
        )
    yield UsageEvent(
        line=len(TOKENS) + 1,
        id="r-robot",
        at=yesterday,
        model="claude-opus-4-6",
        provider="anthropic",
        tool="batch",
        identity="nightly@robots.example",
        output_tokens=ROBOT,
        is_automation=True,
    )
    for number in range(CROWD):
        yield UsageEvent(
            line=len(TOKENS) + 2 + number,
            id=f"r-extra-{number}",
            at=yesterday,
            model="claude-opus-4-6",
            provider="anthropic",
            tool="claude-code",
            identity=_extra(number),
            output_tokens=1,
        )
