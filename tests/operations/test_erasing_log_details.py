"""`manage.py erase_log_details`: who somebody was in the log, gone; that something was, kept."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.audit.queries import erasing
from apps.common import actors
from apps.usage import actions as usage
from apps.usage import queries as sources
from apps.usage.formats import UsageEvent

pytestmark = pytest.mark.django_db
TESTS = actors.command("tests")
WORK = UsageEvent(
    line=1,
    id="r-1",
    at=datetime(2026, 11, 19, 12, 0, tzinfo=UTC),
    model="claude-opus-4-6",
    provider="anthropic",
    tool="claude-code",
    output_tokens=1,
)


def erased(*arguments):
    out = StringIO()
    call_command("erase_log_details", *arguments, stdout=out)
    return out.getvalue()


def seen(entry):
    return next(each for each in queries.entries(limit=200) if each.id == entry)


@pytest.fixture
def looked_at(alice, at):
    with transaction.atomic():
        return audit.record(
            event=Event.PSEUDONYM_REVEALED,
            actor=actors.user(70_000, role="admin"),
            at=at,
            subject=f"user:{alice.pk}",
            parameters={"reason": "alice@corp.example"},
        )


class TestTheCommand:
    def test_it_erases_the_person_and_leaves_who_looked(self, alice, looked_at):
        told = json.loads(erased("Alice@Corp.example", "--basis", "request", "--json"))
        entry = seen(looked_at)
        assert (entry.subject, entry.parameters) == (None, None)
        assert (entry.actor, entry.role) == ("user:70000", "admin")
        left = queries.entries(limit=200)
        assert f"user:{alice.pk}" not in {each.subject for each in left}
        (erasure,) = told["erasures"]
        assert told["entries"] == len(erasing.covered_by(erasure))

    def test_what_their_own_source_did_goes_as_well(self, alice, at):
        usage.add_source(slug="alices-laptop", person_id=alice.pk, actor=TESTS, at=at)
        usage.ingest(source=sources.source("alices-laptop"), events=[WORK], at=at)
        (entry,) = queries.entries(event=Event.USAGE_INGESTED)
        assert entry.actor == "source:alices-laptop"
        erased("alice@corp.example", "--basis", "request")
        assert seen(entry.id).actor is None

    def test_the_entry_that_says_so_names_nobody(self, alice, looked_at):
        erased("alice@corp.example", "--basis", "objection")
        (said,) = queries.entries(event=Event.DETAILS_ERASED)
        assert (said.actor, said.subject, said.parameters) == (
            "command:erase_log_details",
            None,
            {},
        )
        assert said.rule == "objection"

    def test_it_says_how_many(self, looked_at):
        assert erased("alice@corp.example", "--basis", "request").startswith("Erased details of ")
        assert erased("alice@corp.example", "--basis", "request") == (
            "Erased details of 0 entries.\n"
        )

    def test_an_unknown_person_is_refused_and_that_is_written_down(self, db):
        with pytest.raises(CommandError, match="There is no such person"):
            erased("nobody@corp.example", "--basis", "request")
        (refusal,) = queries.entries(event=Event.DETAILS_ERASED)
        assert (refusal.outcome, refusal.rule, refusal.parameters) == ("deny", "unknown_person", {})

    def test_a_reason_in_words_is_refused(self, alice):
        with pytest.raises(CommandError):
            erased("alice@corp.example", "--basis", "because Alice asked")
