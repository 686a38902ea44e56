"""The rules, with no database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.badges.defaults import DEFAULTS
from apps.badges.scoring import (
    RULES,
    Company,
    Facts,
    InvalidParameters,
    joined,
    ranked,
    rule_named,
    schema,
)
from apps.badges.scoring import days as calendar
from tests.badges.facts import HOUR, ON, Day, days

NOBODY = Company()
WORKDAYS = [number for number in range(28) if (ON - timedelta(days=number)).isoweekday() < 6]


def score(name, facts, company=NOBODY, **parameters):
    return RULES[name](**parameters).score(facts, on=ON, company=company)


class TestSustainedVolume:
    LARGE = Company(weeks=(ranked(range(1, 201)),) * 4)  # the top percent: two of 200

    def test_it_is_earned_by_three_weeks_at_the_top_and_twelve_working_days(self):
        facts = days(*WORKDAYS[:15], fresh=100)
        found = score("sustained_volume", facts, self.LARGE)
        assert found.is_earned
        assert found.evidence["top_weeks"] == 3
        assert found.evidence["active_working_days"] == 15

    def test_one_huge_day_never_suffices(self):
        facts = Facts([*days(*WORKDAYS[1:], fresh=1).days, Day(ON, fresh=10**12)])
        found = score("sustained_volume", facts, self.LARGE)
        assert not found.is_earned
        assert found.thousandths == 333
        assert found.evidence["top_weeks"] == 1

    def test_large_weeks_on_few_days_do_not_suffice(self):
        found = score("sustained_volume", days(0, 7, 14, 21, fresh=10**9), self.LARGE)
        assert not found.is_earned
        assert found.thousandths == 4 * 1000 // 12

    def test_it_takes_the_top_share_by_rank_with_equals(self):
        company = Company(weeks=(ranked([9, 9, 9, 5]),))
        assert company.is_in_top(9, week=0, thousandths=10)
        assert not company.is_in_top(8, week=0, thousandths=10)
        assert not company.is_in_top(0, week=0, thousandths=1000)
        assert not company.is_in_top(9, week=1, thousandths=10)

    def test_its_evidence_tells_nothing_of_others(self):
        found = score("sustained_volume", days(*WORKDAYS, fresh=100), self.LARGE)
        assert set(found.evidence) == {"top_weeks", "active_working_days", "first_day"}


class TestLongSessions:
    def test_it_counts_sessions_by_their_active_hours(self):
        facts = days(*range(10), sessions=(4 * HOUR,))
        assert score("long_sessions", facts).is_earned
        short = days(*range(10), sessions=(4 * HOUR - 1, 4 * HOUR - 1))
        assert score("long_sessions", short).thousandths == 0

    def test_many_on_few_days_do_not_suffice(self):
        facts = days(0, 1, sessions=(5 * HOUR,) * 10)
        assert not score("long_sessions", facts).is_earned


class TestModelBreadth:
    FIVE = {("a", f"m{n}"): 20_000 for n in range(4)} | {("b", "x"): 20_000}

    def test_it_is_earned_by_five_models_of_two_providers(self):
        assert score("model_breadth", days(*range(8), models=self.FIVE)).is_earned

    @pytest.mark.parametrize(
        "models",
        [
            {("a", f"m{n}"): 20_000 for n in range(5)},  # one provider
            {("a", "m"): 20_000, ("b", "x"): 20_000},  # two models
            {**FIVE, ("b", "x"): 200_000},  # one does nearly everything
            {**FIVE, ("b", "x"): 0},  # named, but never used
            dict.fromkeys(FIVE, 100),  # hardly any volume
        ],
    )
    def test_each_gate_holds_alone(self, models):
        assert not score("model_breadth", days(*range(8), models=models)).is_earned

    def test_days_are_a_gate_too(self):
        assert not score("model_breadth", days(*range(7), models=self.FIVE)).is_earned


class TestCacheShare:
    MEDIAN = Company(volumes={30: ranked([800, 700, 100])})

    def test_it_is_earned_at_nine_tenths_above_the_median(self):
        facts = days(*range(8), input=100, cache_read=90, total=100)
        assert score("cache_share", facts, self.MEDIAN).is_earned

    def test_a_smaller_share_or_volume_or_fewer_days_do_not_suffice(self):
        few = days(*range(7), input=100, cache_read=90, total=200)
        small = days(*range(8), input=100, cache_read=90, total=87)
        poor = days(*range(8), input=1000, cache_read=899, total=1000)
        for facts in (few, small, poor):
            assert not score("cache_share", facts, self.MEDIAN).is_earned


class TestActiveDays:
    def test_the_first_day_is_enough_for_the_first_badge(self):
        assert score("active_days", days(3)).is_earned
        assert score("active_days", Facts()).thousandths == 0

    def test_two_subjects_on_one_day_are_one_day(self):
        both = joined([days(0, 1), days(0)])
        assert score("active_days", both, active_days=3).evidence["active_days"] == 2


class TestWorkingStreak:
    def test_a_weekend_does_not_break_it_and_does_not_count(self):
        through = days(0, 1, 4, 7, 8)  # Friday, Thursday | Monday, Friday, Thursday: a gap
        assert score("working_streak", through).evidence["days_in_a_row"] == 3
        run = days(0, 1, 2, 3, 4)
        assert score("working_streak", run).is_earned
        over = days(2, 3, 4, 5, 6, 7, 8)  # Thursday to Wednesday
        assert score("working_streak", over).evidence["days_in_a_row"] == 5

    @given(st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 31))))
    def test_it_finds_the_longest_run(self, some):
        every = [date(2026, 1, 1) + timedelta(days=number) for number in range(90)]
        best = run = 0
        for day in every:
            if day.isoweekday() < 6:
                run = run + 1 if day in some else 0
                best = max(best, run)
        assert calendar.longest_streak(some)[0] == best


class TestWorkingDaysBefore:
    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
    def test_it_spans_exactly_so_many_and_no_more_than_the_rule_reads(self, on, count):
        since = calendar.working_days_before(on, count=count)
        span = [since + timedelta(days=number) for number in range((on - since).days + 1)]
        assert sum(day.isoweekday() < 6 for day in span) == count
        assert since.isoweekday() < 6
        rule = RULES["sustained_volume"](of_weeks=2, of_working_days=max(count, 2))
        assert count == 1 or len(span) <= rule.days_back


class TestEveryRule:
    @pytest.mark.parametrize("name", RULES)
    @given(
        st.lists(
            st.builds(
                Day,
                day=st.dates(ON - timedelta(days=29), ON),
                fresh=st.integers(0, 10**9),
                total=st.integers(0, 10**9),
                cache_read=st.integers(0, 10**6),
                input=st.integers(0, 10**6),
                models=st.dictionaries(
                    st.tuples(st.sampled_from("ab"), st.sampled_from("mnopq")),
                    st.integers(0, 10**6),
                ),
                sessions=st.tuples(st.integers(0, 10 * HOUR)),
            ),
            unique_by=lambda one: one.day,
        )
    )
    def test_it_is_earned_exactly_at_a_thousand(self, name, some):
        facts = Facts(sorted(some, key=lambda one: one.day))
        company = Company(weeks=((5,),) * 4, volumes={30: (9, 5, 1)})
        found = score(name, facts, company)
        assert 0 <= found.thousandths <= 1000
        assert found.is_earned == (found.thousandths == 1000)
        assert "first_day" in found.evidence or not found.is_earned


class TestRuleNamed:
    @pytest.mark.parametrize("default", DEFAULTS, ids=lambda one: one["slug"])
    def test_every_default_fits_its_rule_and_is_complete(self, default):
        rule = rule_named(
            default["rule"], default["parameters"], needs_two_gates=default["tier"] != "bronze"
        )
        assert rule.parameters == default["parameters"]

    @pytest.mark.parametrize(
        ("name", "draft", "said"),
        [
            ("nothing", {}, "There is no rule 'nothing'"),
            ("active_days", [1], "an object"),
            ("active_days", {"activ_days": 3}, "no parameter 'activ_days'"),
            ("active_days", {"active_days": "3"}, "'active_days' must be a whole number"),
            ("active_days", {"active_days": True}, "must be a whole number"),
            ("active_days", {"active_days": 2.5}, "must be a whole number"),
            ("active_days", {"active_days": 0}, "between 1 and 366"),
            ("sustained_volume", {"weeks": 5}, "'weeks' cannot exceed 'of_weeks'"),
            ("model_breadth", {"most_thousandths": 150}, "below an even share"),
            ("working_streak", {"days": 20, "window_days": 10}, "cannot exceed"),
        ],
    )
    def test_it_says_what_is_wrong(self, name, draft, said):
        with pytest.raises(InvalidParameters, match=said):
            rule_named(name, draft, needs_two_gates=False)

    def test_it_says_everything_at_once(self):
        with pytest.raises(InvalidParameters) as fault:
            rule_named("long_sessions", {"hours": 99, "sessions": "x"}, needs_two_gates=False)
        assert len(fault.value.faults) == 2

    @pytest.mark.parametrize(
        ("name", "draft"),
        [
            ("active_days", {"active_days": 20}),
            ("working_streak", {}),
            ("long_sessions", {"active_days": 1}),
            ("model_breadth", {"fresh_tokens": 0}),
            ("cache_share", {"active_days": 1}),
        ],
    )
    def test_above_bronze_it_asks_for_volume_and_days(self, name, draft):
        with pytest.raises(InvalidParameters, match="Above bronze"):
            rule_named(name, draft, needs_two_gates=True)

    @pytest.mark.parametrize("name", RULES)
    def test_every_parameter_says_what_it_means_and_defaults_within_bounds(self, name):
        for one in schema(RULES[name]):
            assert one.meaning
            assert one.least <= one.default <= one.most
