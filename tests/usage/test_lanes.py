"""In which lane work competes: as it was reported, unless a decision says otherwise."""

from datetime import date, timedelta

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import reported
from apps.usage import actions, queries
from apps.usage.actions import Lane, Why
from apps.usage.lanes import HeadlessRules, Lanes
from apps.usage.models import DayOutcome, DayTotal, LaneDecision, LaneRule, Session
from tests.usage.events import AT, delta, event, reading, source, statement

pytestmark = pytest.mark.django_db
DOING = {"actor": actors.command("tests"), "at": AT}
DAY = AT.date()
DANA = reported("dana@corp.example")


def ingest(*events, where=None):
    return actions.ingest(source=where or queries.source("gateway"), events=events, at=AT)


def dana():
    return known_names.known_subjects([DANA])[DANA].subject


def decide(is_automation=True, *, tool="", since=None, subject=None):
    lane = Lane(tool, since, is_automation)
    who = dana() if subject is None else subject
    why = Why.MACHINE if is_automation else Why.PERSON
    actions.decide_lane(who, lane=lane, why=why, **DOING)


def tokens(*, automation):
    values = queries.window_values(
        measure="total_tokens", automation=automation, since=None, until=None
    )
    return sum(values.values())


def lanes_of(model):
    return sorted(model.objects.values_list("in_automation_lane", flat=True))


@pytest.fixture(autouse=True)
def gateway(db):
    return source()


class TestWhatIsReported:
    @pytest.mark.parametrize(
        ("tool", "entrypoint", "automation"),
        [
            ("claude-code", "cli", False),
            ("claude-code", "claude-vscode", False),
            ("claude-code", "sdk-cli", True),
            ("claude-code", "sdk-py", True),
            ("claude-code", "claude-code-github-action", True),
            ("codex", "exec", True),
            ("codex", "codex_exec", True),
            ("codex", "codex_vscode", False),
            ("codex", "sdk-cli", False),
            ("claude-code", "", False),
        ],
    )
    def test_how_a_tool_was_started_tells_headless_runs(self, tool, entrypoint, automation):
        ingest(event(tool=tool, entrypoint=entrypoint))
        total = DayTotal.objects.get()
        assert (total.is_automation, total.in_automation_lane) == (automation, automation)

    def test_each_rule_says_why(self):
        assert all(rule.explanation for rule in LaneRule.objects.all())
        assert LaneRule.objects.count() == 7

    def test_a_rule_without_a_tool_is_about_every_tool(self):
        actions.add_lane_rule(tool="", entrypoint="cron", explanation="Cron.", **DOING)
        assert HeadlessRules.load().is_headless("any", "cron")

    def test_a_rule_changes_only_what_arrives_later(self):
        ingest(event(1, entrypoint="sdk-py"))
        rule = LaneRule.objects.get(entrypoint="sdk-py")
        actions.change_lane_rule(
            rule_id=rule.pk, explanation=rule.explanation, is_active=False, **DOING
        )
        ingest(event(2, entrypoint="sdk-py"))
        assert lanes_of(DayTotal) == [False, True]
        (entry,) = log.entries(event=Event.LANE_RULE_CHANGED)
        assert (entry.item_id, entry.rule) == (str(rule.pk), "inactive")


class TestADecision:
    def test_it_moves_what_was_counted_and_what_comes(self):
        ingest(event(1, session="s"), reading(), delta(), delta(2, measure="commits"), statement())
        before = tokens(automation=False)
        decide()
        for model in (DayTotal, Session, DayOutcome):
            assert set(lanes_of(model)) == {True}, model
        assert (tokens(automation=False), tokens(automation=True)) == (0, before)
        ingest(event(2, session="t"))
        assert set(lanes_of(DayTotal)) == set(lanes_of(Session)) == {True}

    def test_taking_it_back_restores_what_was_reported(self):
        ingest(
            event(1, session="s"),
            event(2, is_automation=True, session="a", tool="codex"),
            event(3, at=AT - timedelta(days=3)),
        )
        columns = ("day", "kind", "is_automation", "in_automation_lane", "output_tokens")
        before = set(DayTotal.objects.values_list(*columns))
        sessions = set(Session.objects.values_list("tool", "in_automation_lane"))
        decide()
        decide(is_automation=False, tool="codex", since=DAY)
        assert set(DayTotal.objects.values_list(*columns)) != before
        for tool in ("", "codex"):
            actions.withdraw_lane(dana(), tool=tool, **DOING)
        assert set(DayTotal.objects.values_list(*columns)) == before
        assert set(Session.objects.values_list("tool", "in_automation_lane")) == sessions
        with pytest.raises(actions.UnknownDecision):
            actions.withdraw_lane(dana(), tool="", **DOING)

    def test_it_holds_from_its_day_on_and_for_its_tool(self):
        ingest(
            event(1),
            event(2, at=AT - timedelta(days=2)),
            event(3, tool="codex"),
            event(4, identity="other@corp.example"),
        )
        decide(tool="claude-code", since=DAY)
        moved = DayTotal.objects.filter(in_automation_lane=True)
        assert [(row.subject, row.day, row.kind.tool) for row in moved] == [
            (dana(), DAY, "claude-code")
        ]

    def test_an_automated_run_can_be_a_persons(self):
        ingest(event(is_automation=True))
        decide(is_automation=False)
        row = DayTotal.objects.get()
        assert (row.is_automation, row.in_automation_lane) == (True, False)

    def test_standings_follow(self):
        ingest(event(1))
        queries.take_touched()
        decide()
        assert queries.take_touched() == [dana()]

    def test_it_reaches_all_subjects_of_a_person(self, alice):
        alias = pseudonyms.subjects_for([reported("ally")], at=AT)[reported("ally")].subject
        ingest(event(1, identity="ally"), event(2, identity="alice@corp.example"))
        root = pseudonyms.claim(alias, person_id=alice.pk, **DOING)
        decide(subject=alias)
        assert lanes_of(DayTotal) == [True, True]
        assert [each.subject for each in queries.lane_decisions()] == [root]

    def test_after_a_claim_one_decision_holds_for_all(self, alice):
        ingest(event(1, identity="ally"), event(2, identity="alice@corp.example"))
        alias = known_names.known_subjects([reported("ally")])[reported("ally")].subject
        decide(subject=alias)
        root = pseudonyms.claim(alias, person_id=alice.pk, **DOING)
        actions.settle_lanes(root)
        assert lanes_of(DayTotal) == [True, True]
        ingest(event(3, identity="alice@corp.example", at=AT - timedelta(days=9)))
        assert lanes_of(DayTotal) == [True, True, True]

    @pytest.mark.parametrize(("why", "is_automation"), [(Why.PERSON, True), (Why.SCHEDULED, False)])
    def test_a_reason_that_speaks_for_the_other_lane_is_refused(self, why, is_automation):
        with pytest.raises(actions.Contradiction):
            actions.decide_lane(1, lane=Lane("", None, is_automation), why=why, **DOING)
        assert not LaneDecision.objects.exists()

    def test_a_tool_that_nobody_used_is_refused(self):
        ingest(event())
        with pytest.raises(actions.UnknownTool):
            decide(tool="claude-cod")

    def test_the_log_names_neither_subject_nor_person(self):
        ingest(event())
        decide()
        actions.withdraw_lane(dana(), tool="", **DOING)
        back, made = log.entries(event=Event.LANE_DECIDED)
        assert (made.rule, back.rule) == ("administrator", "withdrawn")
        for entry in (back, made):
            assert (entry.subject, entry.item_id) == (None, "automation")
            assert str(dana()) not in repr(entry)


class TestWhichDecisionHolds:
    def lane(self, *decisions, tool="t", day=DAY, reported=False):
        rows = [
            LaneDecision(
                subject=1, tool=on, since=since, is_automation=lane, reason=reason, decided_on=DAY
            )
            for on, since, lane, reason in decisions
        ]
        return Lanes.of(rows).lane(1, tool, day, reported)

    def test_without_one_it_is_as_reported(self):
        assert self.lane(reported=True) and not self.lane()
        assert not Lanes().lane(1, "t", DAY, is_automation=False)

    def test_an_administrators_outweighs_a_patterns(self):
        both = [("", None, False, "administrator"), ("t", None, True, "pattern")]
        assert not self.lane(*both) and not self.lane(*reversed(both), reported=True)

    def test_one_about_the_tool_outweighs_one_about_all(self):
        both = [("", None, False, "administrator"), ("t", None, True, "administrator")]
        assert self.lane(*both) and not self.lane(*both, tool="other")

    def test_before_its_day_the_next_one_holds(self):
        later = ("t", DAY, False, "administrator")
        pattern = ("t", date(2026, 1, 1), True, "pattern")
        assert self.lane(later, pattern, day=DAY - timedelta(days=1))
        assert not self.lane(later, pattern)
        assert not self.lane(later, pattern, day=date(2025, 12, 31))
