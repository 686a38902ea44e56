"""Coverage and reconciliation through the gate: who may look, what is written down."""

from datetime import timedelta

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.common.errors import Invalid, NotFound
from apps.disclosure import gate
from apps.people import actions as people_actions
from apps.rankings.models.definitions import LEAST_LABEL_HOLDERS
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import ScopeName
from apps.usage.coverage.comparison import rounded
from tests.disclosure.conftest import viewer_of
from tests.feeds import OPERATOR, crowd, source, tell, two_feeds

pytestmark = pytest.mark.django_db


def covered(asker, at, days=7):
    return gate.coverage(asker, days=days, at=at)


def compared(asker, at, by="day", **given):
    yesterday = at.date() - timedelta(days=1)
    window = {"since": yesterday, "until": yesterday, **given}
    return gate.reconciliation(asker, by=by, at=at, **window)


LOOKS = [(covered, Event.COVERAGE_VIEWED), (compared, Event.RECONCILIATION_VIEWED)]


@pytest.fixture
def feeds(db, at):
    return two_feeds(at)


@pytest.mark.parametrize(("look", "event"), LOOKS)
class TestWhoMayLook:
    def test_an_administrator_may_and_it_is_written_down(
        self, look, event, feeds, administrator, at
    ):
        look(viewer_of(administrator), at)
        [entry] = log.entries(event=event)
        assert (entry.actor, entry.role) == (f"user:{administrator.pk}", "admin")
        assert (entry.item_type, entry.rule, entry.outcome) == ("company", "admin", "allow")

    def test_a_command_may_and_it_is_written_down(self, look, event, feeds, at):
        look(actors.command("coverage"), at)
        [entry] = log.entries(event=event)
        assert (entry.actor, entry.rule) == ("command:coverage", "operator")

    @pytest.mark.parametrize("role", ["employee", "lead", "auditor"])
    def test_nobody_else_may_and_that_is_written_down(self, look, event, role, feeds, alice, at):
        if role != "employee":
            people_actions.give_role(person_id=alice.pk, role=role, actor=OPERATOR, at=at)
        with pytest.raises(NotFound):
            look(viewer_of(alice), at)
        assert log.entries(event=event) == []
        [refusal] = log.entries(event=Event.GATE_REFUSED)
        assert (refusal.actor, refusal.parameters["asked"]) == (f"user:{alice.pk}", str(event))

    def test_a_role_that_is_only_claimed_opens_nothing(self, look, event, feeds, alice, at):
        with pytest.raises(NotFound):
            look(gate.Viewer(alice, "admin"), at)

    def test_an_account_that_was_switched_off_may_not(self, look, event, feeds, administrator, at):
        administrator.is_active = False
        with pytest.raises(NotFound):
            look(viewer_of(administrator), at)

    @pytest.mark.parametrize("actor", [actors.task("any"), actors.source("gateway")])
    def test_tasks_and_sources_may_not(self, look, event, actor, feeds, at):
        with pytest.raises(NotFound):
            look(actor, at)

    def test_nothing_leaves_while_everything_is_shut(self, look, event, feeds, administrator, at):
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=at, message="Back soon.")
        for asker in (viewer_of(administrator), actors.command("coverage")):
            with pytest.raises(Shuttered):
                look(asker, at)


class TestWhoReports:
    def test_people_are_counted_among_accounts_and_services_apart(self, feeds, administrator, at):
        people_actions.add_service_account(
            slug="nightly", label="Robot", identity="nightly@robots.example", actor=OPERATOR, at=at
        )
        reporting = covered(viewer_of(administrator), at).reporting
        assert (reporting.people, reporting.accounts) == (12, 13)
        assert (reporting.services, reporting.service_accounts) == (0, 1)

    def test_a_few_are_not_counted(self, at, administrator):
        two_feeds(at, size=LEAST_LABEL_HOLDERS - 1)
        assert covered(viewer_of(administrator), at).reporting.people is None

    def test_that_nobody_reports_is_told(self, at, administrator):
        assert covered(viewer_of(administrator), at).reporting.people == 0

    def test_work_before_these_days_does_not_count(self, feeds, administrator, at):
        later = at + timedelta(days=7)
        assert covered(viewer_of(administrator), later).reporting.people == 0

    @pytest.mark.parametrize("days", [0, 93])
    def test_odd_numbers_of_days_are_refused(self, days, administrator, at):
        with pytest.raises(Invalid):
            covered(viewer_of(administrator), at, days=days)


class TestDisagreements:
    def test_the_figures_are_the_feeds(self, feeds, administrator, at):
        report = compared(viewer_of(administrator), at)
        [row] = report.rows
        exact = (feeds.counted, feeds.cross_check)
        assert (row.tokens.counted, row.tokens.cross_check) == tuple(map(rounded, exact))
        assert row.tokens.per_mille == -100
        assert report.costs[0].micros.per_mille == -250
        assert not report.is_any_withheld

    def test_of_a_few_people_nothing_is_told(self, at, administrator):
        two_feeds(at, size=LEAST_LABEL_HOLDERS - 1)
        report = compared(viewer_of(administrator), at)
        assert (report.rows, report.costs, report.is_any_withheld) == ((), (), True)

    def test_a_day_that_is_not_over_is_left_out(self, administrator, at):
        from apps.usage.models import Signal

        people = crowd(12, at=at)
        for slug, is_counted in (("one", True), ("other", False)):
            each = source(slug, at=at)
            tell(people, day=at.date(), source=each, signal=Signal.EVENT, is_counted=is_counted)
        asker = viewer_of(administrator)
        report = compared(asker, at, since=at.date() - timedelta(days=3), until=at.date())
        assert (report.rows, report.until) == ((), at.date() - timedelta(days=1))
        assert len(compared(asker, at + timedelta(days=1), until=at.date()).rows) == 1

    def test_odd_windows_and_periods_are_refused(self, administrator, at):
        asker = viewer_of(administrator)
        with pytest.raises(Invalid):
            compared(asker, at, by="month")
        with pytest.raises(Invalid):
            compared(asker, at, since=at.date() - timedelta(days=93))


class TestGauges:
    def test_people_are_looked_at_once_an_hour(self, feeds, at):
        reporting = gate.PeopleReporting()
        for minutes in (0, 1, 59):
            found = reporting.now(at=at + timedelta(minutes=minutes))
            assert found.people == 12
        assert len(log.entries(event=Event.COVERAGE_VIEWED)) == 1
        reporting.now(at=at + timedelta(hours=1))
        entries = log.entries(event=Event.COVERAGE_VIEWED)
        assert [entry.actor for entry in entries] == ["task:metrics"] * 2

    def test_what_is_remembered_does_not_leave_while_everything_is_shut(self, feeds, at):
        reporting = gate.PeopleReporting()
        assert reporting.now(at=at) is not None
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=at, message="Back soon.")
        assert reporting.now(at=at) is None
