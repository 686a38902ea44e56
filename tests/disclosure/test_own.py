from datetime import timedelta

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import task
from apps.common.errors import Invalid, NotFound
from apps.disclosure import gate
from apps.disclosure.models import Delivery, Policy
from apps.rankings import queries as rankings
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from apps.usage import actions as usage_actions
from apps.usage import queries as usage
from apps.usage.formats import UsageEvent
from tests.company import CHOICES, CROWD, OPERATOR, ROBOT, TOKENS
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db


def record(user, at, by=("day", "model")):
    today = at.date()
    return gate.own_record(
        viewer_of(user), since=today - timedelta(days=7), until=today, by=by, at=at
    )


class TestOnesOwnRecord:
    def test_it_is_exact_and_ones_own_alone(self, company, at):
        [row] = record(company.alice, at)
        assert row.total_tokens == TOKENS["alice"]
        assert row.keys["model"] == "claude-opus-4-6"

    def test_private_people_see_theirs_too(self, company, at):
        [row] = record(company.carol, at)
        assert row.total_tokens == TOKENS["carol"]

    def test_each_look_is_written_down_about_oneself(self, company, at):
        record(company.alice, at)
        [entry] = log.entries(event=Event.RECORD_VIEWED)
        person = f"user:{company.alice.pk}"
        assert (entry.actor, entry.subject, entry.count) == (person, person, 1)

    def test_the_log_tells_nothing_of_how_much_there_was_to_see(self, company, at):
        """Whoever holds a dump would compare counts and days with the rows of each subject."""
        collector = usage.source("feed")
        for number in range(3):
            moment = at - timedelta(days=number, minutes=1)
            event = UsageEvent(
                line=1,
                id=f"more-{number}",
                at=moment,
                identity="alice@corp.example",
                tool="claude-code",
                provider="anthropic",
                model=f"model-{number}",
                output_tokens=7,
                session=f"more-{number}",
            )
            usage_actions.ingest(source=collector, events=[event], at=at)
        gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at)
        viewer, today = viewer_of(company.alice), at.date()
        assert len(record(company.alice, at)) > 1
        gate.own_overview(viewer, since=today - timedelta(days=9), until=today, at=at)
        gate.own_sessions(viewer, since=at - timedelta(days=9), at=at)
        gate.own_badges(viewer, at=at)
        gate.own_standings(viewer, at=at)
        gate.own_profile(viewer, at=at)
        gate.own_disclosures(viewer, since=today - timedelta(days=9), at=at)
        entries = log.entries(subject=viewer.subject, actor=viewer.subject)
        assert len(entries) == 7
        assert {(entry.count, str(entry.parameters or {})) for entry in entries} == {(1, "{}")}

    @pytest.mark.parametrize("by", [(), ("person",), ("day", "day")])
    def test_odd_keys_are_invalid(self, company, at, by):
        with pytest.raises(Invalid):
            record(company.alice, at, by=by)

    def test_an_overview_is_one_look(self, company, at):
        overview = gate.own_overview(
            viewer_of(company.bob), since=at.date() - timedelta(days=7), until=at.date(), at=at
        )
        assert sum(row.total_tokens for row in overview.usage) == TOKENS["bob"]
        assert {each.board_slug: each.rank for each in overview.standings}["tokens-30d"] == 2
        assert [session.total_tokens for session in overview.sessions] == [TOKENS["bob"]]
        assert len(log.entries(event=Event.RECORD_VIEWED)) == 1

    def test_standings_sessions_badges_and_profile_are_ones_own(self, company, at):
        viewer = viewer_of(company.bob)
        assert {each.of for each in gate.own_standings(viewer, at=at)} == {len(CHOICES) - 1 + CROWD}
        assert len(gate.own_sessions(viewer, since=at - timedelta(days=7), at=at)) == 1
        assert gate.own_badges(viewer, at=at) == gate.own_badges(viewer, at=at)
        assert gate.own_profile(viewer, at=at).visibility == "named"
        assert gate.own_standings(viewer_of(company.carol), at=at) == []

    def test_standings_tell_only_of_boards_that_one_may_see(self, company, at):
        viewer, today = viewer_of(company.bob), at.date()
        granted = {"tiers-30d", "tokens-30d"}  # on fresh-7d everybody stands, and nobody may look
        assert {each.board_slug for each in gate.own_standings(viewer, at=at)} == granted
        overview = gate.own_overview(viewer, since=today, until=today, at=at)
        assert {each.board_slug for each in overview.standings} == granted
        employees = company.bob.groups.get(name="employees")
        board = rankings.board_objects().get(slug="tokens-30d")
        permissions.revoke(employees, "view_board", board)
        assert [each.board_slug for each in gate.own_standings(viewer, at=at)] == ["tiers-30d"]

    def test_a_closure_of_boards_leaves_it_and_one_of_everything_does_not(self, company, at):
        shutter.close(scope="boards", actor=OPERATOR, at=at)
        assert record(company.alice, at)
        shutter.close(scope="all", actor=OPERATOR, at=at)
        viewer = viewer_of(company.alice)
        looks = [
            lambda: record(company.alice, at),
            lambda: gate.own_profile(viewer, at=at),
            lambda: gate.own_badges(viewer, at=at),
            lambda: gate.own_standings(viewer, at=at),
            lambda: gate.own_sessions(viewer, since=at, at=at),
            lambda: gate.own_disclosures(viewer, since=at.date(), at=at),
            lambda: gate.own_overview(viewer, since=at.date(), until=at.date(), at=at),
            lambda: gate.company_totals(OPERATOR, by=["day"], at=at),
        ]
        for look in looks:
            with pytest.raises(Shuttered):
                look()


class TestWhoLooked:
    def looks(self, user, at):
        return gate.own_disclosures(viewer_of(user), since=at.date() - timedelta(days=30), at=at)

    def look(self, user, at, times=1):
        for _ in range(times):
            gate.board_copy(viewer_of(user), "tokens-30d", at=at)

    def test_it_counts_the_views_of_others_by_day_board_and_role(self, company, at, administrator):
        self.look(company.bob, at, times=2)
        self.look(administrator, at)
        self.look(company.alice, at)
        [seen] = self.looks(company.alice, at).boards
        assert (seen.day, seen.board, seen.views) == (at.date(), "tokens-30d", 3)
        assert seen.roles == {"employee": 2, "admin": 1}
        assert (seen.shown_as, seen.viewers) == ("pseudonymous", None)

    def test_who_is_on_no_board_was_not_seen(self, company, at):
        self.look(company.bob, at)
        assert self.looks(company.carol, at).boards == ()

    def test_names_of_viewers_show_if_the_company_so_decides(self, company, at):
        Policy.objects.create(shows_viewer_names=True)
        self.look(company.bob, at)
        self.look(company.dora, at)
        [seen] = self.looks(company.alice, at).boards
        assert seen.viewers == ("Bob", "Dora")

    def test_it_tells_as_what_one_was_shown_before_and_after_a_choice(self, company, at):
        self.look(company.bob, at + timedelta(minutes=1))
        later = at + timedelta(hours=1)
        rights.choose_visibility(user=company.alice, visibility="named", at=later)
        self.look(company.bob, later + timedelta(minutes=1), times=2)
        seen = self.looks(company.alice, later + timedelta(hours=1)).boards
        assert {each.shown_as: each.views for each in seen} == {"pseudonymous": 1, "named": 2}

    def test_a_struck_row_keeps_what_was_seen_and_gains_nothing(self, company, at):
        self.look(company.bob, at + timedelta(minutes=1))
        for hours, visibility in ((1, "private"), (2, "pseudonymous")):
            rights.choose_visibility(
                user=company.alice, visibility=visibility, at=at + timedelta(hours=hours)
            )
            self.look(company.bob, at + timedelta(hours=hours, minutes=1))
        [seen] = self.looks(company.alice, at + timedelta(hours=5)).boards
        assert (seen.shown_as, seen.views) == ("pseudonymous", 1)

    def test_what_concerned_one_alone_is_listed_singly_without_ones_own(self, company, at, auditor):
        for actor in (viewer_of(auditor).actor, viewer_of(company.alice).actor):
            with transaction.atomic():
                audit.record(
                    event=Event.PSEUDONYM_REVEALED,
                    actor=actor,
                    at=at,
                    subject=f"user:{company.alice.pk}",
                    parameters={"purpose": "a leak"},
                )
        [single] = self.looks(company.alice, at).single
        assert (single.event, single.role, single.purpose, single.viewer) == (
            "pseudonym.revealed",
            "auditor",
            "a leak",
            None,
        )
        assert self.looks(company.bob, at).single == ()
        Policy.objects.create(shows_viewer_names=True)
        assert self.looks(company.alice, at).single[0].viewer == "Olga"

    def test_asking_is_written_down(self, company, at):
        self.looks(company.alice, at)
        [entry] = log.entries(event=Event.DISCLOSURES_VIEWED)
        assert entry.actor == entry.subject == f"user:{company.alice.pk}"


class TestCompanyTotals:
    def test_they_count_everyone_and_are_written_down(self, company, at):
        [row] = gate.company_totals(OPERATOR, by=["model"], at=at)
        assert row.total_tokens == sum(TOKENS.values()) + ROBOT + CROWD
        [entry] = log.entries(event=Event.TOTALS_VIEWED)
        assert entry.actor == "command:tests"

    def test_they_are_for_the_command_line_alone(self, company, at):
        for actor in (viewer_of(company.bob).actor, task("reports")):
            with pytest.raises(NotFound):
                gate.company_totals(actor, by=["day"], at=at)
        assert len(log.entries(event=Event.GATE_REFUSED)) == 2


class TestTheLog:
    def test_an_auditor_reads_it_and_that_is_written_in_it(self, company, at, auditor):
        gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at)
        entries = gate.audit_entries(
            viewer_of(auditor), gate.LogSearch(event="board.viewed"), at=at
        )
        assert [entry.actor for entry in entries] == [f"user:{company.bob.pk}"]
        [reading] = log.entries(event=Event.LOG_READ)
        assert (reading.actor, reading.count) == (f"user:{auditor.pk}", 1)

    def test_it_pages_by_the_last_entry_and_cuts_by_days(self, company, at, auditor):
        viewer = viewer_of(auditor)
        first, second = gate.audit_entries(viewer, gate.LogSearch(limit=2), at=at)
        rest = gate.audit_entries(viewer, gate.LogSearch(before=str(second.id), limit=200), at=at)
        assert first.id not in {entry.id for entry in rest}
        assert second.id not in {entry.id for entry in rest}
        for search in (
            gate.LogSearch(since=at.date() + timedelta(days=1)),
            gate.LogSearch(until=at.date() - timedelta(days=1)),
        ):
            assert gate.audit_entries(viewer, search, at=at) == []

    def test_nobody_else_reads_it(self, company, at, administrator):
        for user in (company.bob, administrator):
            with pytest.raises(NotFound):
                gate.audit_entries(viewer_of(user), at=at)

    def test_it_is_never_shut(self, company, at, auditor):
        shutter.close(scope="all", actor=OPERATOR, at=at)
        assert gate.audit_entries(viewer_of(auditor), at=at)

    @pytest.mark.parametrize(
        "odd",
        [
            {"event": "no.such"},
            {"before": "x"},
            {"outcome": "maybe"},
            {"index": "-1"},
            {"index": "9" * 19},
            {"actor": "nobody@corp.example"},
        ],
    )
    def test_odd_criteria_are_invalid(self, company, at, auditor, odd):
        with pytest.raises(Invalid):
            gate.audit_entries(viewer_of(auditor), gate.LogSearch(**odd), at=at)


def test_looks_at_own_records_are_no_deliveries(company, at):
    record(company.alice, at)
    assert Delivery.objects.count() == 0
