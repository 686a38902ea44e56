"""A small company with usage, made through the rooms' own actions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from apps.common import actors
from apps.people import actions as people
from apps.people.actions.bulk import NewPerson
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import actions as rankings
from apps.usage import actions as usage
from apps.usage.formats import UsageEvent

ACTOR = actors.command("tests")
CROWD = 50
_numbers = count(1)


@dataclass
class Company:
    """People by a short name, the source that reports them, and shorthands for what they do."""

    at: datetime

    def __post_init__(self):
        usage.add_source(slug="collector", actor=ACTOR, at=self.at)
        self.source = usage.source("collector")

    @property
    def today(self) -> date:
        return self.at.date()

    def hire(self, names, *, visibility="pseudonymous", team=None) -> list[int]:
        rows = [
            NewPerson(
                f"{name}@corp.example",
                name=name.capitalize(),
                team=team,
                visibility=visibility,
                since=self.today - timedelta(days=90) if team else None,
            )
            for name in names
        ]
        return people.add_people(rows, actor=ACTOR, at=self.at)

    def work(self, name, *, days_ago=1, fresh=1000, **more) -> None:
        """Report one record of someone's, `fresh` tokens on a day at noon."""
        moment = datetime.combine(
            self.today - timedelta(days=days_ago), self.at.time(), tzinfo=self.at.tzinfo
        ) - timedelta(minutes=30)
        event = UsageEvent(
            line=1,
            id=f"r{next(_numbers)}",
            at=moment,
            identity=f"{name}@corp.example",
            tool="claude-code",
            provider=more.pop("provider", "anthropic"),
            model=more.pop("model", "claude-opus-4-6"),
            uncached_input_tokens=fresh,
            **more,
        )
        done = usage.ingest(source=self.source, events=[event], at=self.at)
        assert done.accepted == 1, done

    def gather(self, *, days=1) -> None:
        """Let as many more compete as a board needs, below all others: with one token a day."""
        names = [f"extra{number}" for number in range(CROWD)]
        self.hire(names)
        events = [
            UsageEvent(
                line=1,
                id=f"r{next(_numbers)}",
                at=self.at - timedelta(days=ago, minutes=30),
                identity=f"{name}@corp.example",
                tool="claude-code",
                provider="anthropic",
                model="claude-opus-4-6",
                uncached_input_tokens=1,
            )
            for name in names
            for ago in range(1, days + 1)
        ]
        assert usage.ingest(source=self.source, events=events, at=self.at).accepted == len(events)

    def subject(self, name) -> int:
        from apps.people import queries

        return pseudonyms.subject_of(queries.person_by_email(f"{name}@corp.example").id)

    def board(self, slug="tokens", **definition):
        defaults = {"kind": "numbers", "cadence": "daily"}
        return rankings.add_board(
            slug, title=slug.capitalize(), actor=ACTOR, at=self.at, **{**defaults, **definition}
        )

    def choose(self, name, visibility) -> None:
        """Choose as a person does: the choice, and the strike that private means."""
        from apps.people import queries

        person = queries.person_by_email(f"{name}@corp.example").id
        people.record_choice(
            person_id=person,
            visibility=visibility,
            actor=actors.user(person),
            at=self.at,
        )
        if visibility == "private":
            rankings.strike(self.subject(name), at=self.at)
