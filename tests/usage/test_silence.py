from datetime import date, timedelta

from apps.usage.coverage.silence import is_silent, usual_gap

MONDAY = date(2026, 11, 16)


def days(*ago):
    return [MONDAY - timedelta(days=each) for each in ago]


WORKDAYS = [day for day in days(*range(28)) if day.weekday() < 5]


class TestTheHabit:
    def test_a_daily_source_has_a_gap_of_a_day(self):
        assert usual_gap(days(0, 1, 2, 3)) == 1

    def test_weekends_are_a_gap_of_three_days(self):
        assert usual_gap(WORKDAYS) == 3

    def test_the_order_and_repetitions_do_not_matter(self):
        assert usual_gap([*reversed(WORKDAYS), *WORKDAYS]) == 3

    def test_two_days_are_no_habit(self):
        assert usual_gap(days(0, 9)) is None
        assert usual_gap([]) is None

    def test_only_the_last_month_up_to_its_last_day_is_asked(self):
        assert usual_gap(days(100, 101, 102, 160)) == 1
        assert usual_gap([*days(0, 1, 2), *days(40)]) == 1


class TestSilence:
    def test_a_daily_source_is_silent_on_the_second_day_without_it(self):
        spoken = days(1, 2, 3, 4)
        assert not is_silent(spoken, today=MONDAY)
        assert is_silent(spoken, today=MONDAY + timedelta(days=1))

    def test_a_source_of_workdays_may_keep_its_weekend(self):
        friday = [day for day in WORKDAYS if day < MONDAY]
        assert not is_silent(friday, today=MONDAY)
        assert is_silent(friday, today=MONDAY + timedelta(days=1))

    def test_a_source_without_a_habit_gets_a_week(self):
        assert not is_silent(days(7), today=MONDAY)
        assert is_silent(days(8), today=MONDAY)

    def test_one_that_never_spoke_is_not_silent(self):
        assert not is_silent([], today=MONDAY)

    def test_one_that_stopped_long_ago_is_still_silent(self):
        assert is_silent(days(60, 61, 62), today=MONDAY)
