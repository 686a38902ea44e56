"""A small company with usage, boards and releases, made through the rooms' own actions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group

from apps.common import actors
from apps.people import actions as people_actions
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
    """Found the company: six people and a robot, yesterday's usage, four boards, published."""
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
        loosen(board)
        if board != "fresh-7d":  # nobody is allowed to see that one
            employees = Group.objects.get(name="employees")
            rankings.allow_viewing(board, holders=[employees], actor=OPERATOR, at=at)
    rankings.refresh_standings(at=at)
    rankings.publish_due(at=at)
    return Company(staff, at, issued.token)


def loosen(slug: str) -> None:
    """Let a board be published for a handful of people."""
    from apps.rankings.models import Board

    Board.objects.filter(slug=slug).update(least_participants=1, least_label_holders=1)


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
