"""The invented company, as pure figures: no database is needed."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from apps.operations.demo import company, days, habits, tail
from apps.usage import prices

LAST_DAY = date(2026, 11, 19)  # a Thursday
SMALL = company.Plan(people=300, days=28, seed=1, last_day=LAST_DAY)


@pytest.fixture(scope="module")
def workers():
    return [*company.people(SMALL), *company.machines(SMALL)]


@pytest.fixture(scope="module")
def grid(workers):
    return days.shares(SMALL, workers)


@pytest.fixture(scope="module")
def work(workers, grid):
    return [
        (day, each)
        for day in range(SMALL.days)
        for each in days.work_of_day(SMALL, day=day, workers=workers, tokens=grid[day])
    ]


class TestTheShapeOfTheStory:
    def test_it_has_the_two_figures_of_the_story_within_one_percent(self):
        plan = company.Plan(tail.STORY_PEOPLE, tail.STORY_DAYS, seed=1, last_day=LAST_DAY)
        workers = list(company.people(plan))
        grid = days.shares(plan, workers)
        each = [sum(day[place] for day in grid) for place in range(len(workers))]
        assert sum(each) == pytest.approx(60 * 10**12, rel=0.01)
        assert max(each) == pytest.approx(281 * 10**9, rel=0.01)

    def test_the_two_parameters_are_the_solution_of_the_two_facts(self):
        """Solved again by bisection, so that nobody has to believe the constants."""
        import math
        from statistics import NormalDist

        steps = [
            NormalDist().inv_cdf((place + 0.5) / tail.STORY_PEOPLE)
            for place in range(tail.STORY_PEOPLE)
        ]
        wanted = tail.STORY_TOP / (tail.STORY_TOTAL / tail.STORY_PEOPLE)

        def mean(sigma):
            return math.fsum(math.exp(sigma * step) for step in steps) / len(steps)

        low, high = 1.0, 2.5
        for _ in range(40):
            middle = (low + high) / 2
            if math.exp(middle * steps[-1]) / mean(middle) < wanted:
                low = middle
            else:
                high = middle
        assert low == pytest.approx(tail.SIGMA, abs=1e-8)
        assert mean(low) == pytest.approx(tail.MEAN_OF_SHAPE, rel=1e-8)

    @pytest.mark.parametrize("people", [60, 2000, 20_000])
    def test_a_smaller_company_is_a_thinner_sample_of_the_same_curve(self, people):
        plan = company.Plan(people, 30, seed=1, last_day=LAST_DAY)
        ordered = sorted((each.tokens_a_day for each in company.people(plan)), reverse=True)
        assert ordered[people // 2] == pytest.approx(tail.MEDIAN_A_DAY, rel=0.1)
        tenth = tail.tokens_a_day(0.9)
        assert sum(each > tenth for each in ordered) == pytest.approx(people / 10, abs=1)

    def test_the_first_of_the_people_takes_part(self):
        for people in (60, 2000, 20_000):
            plan = company.Plan(people, 30, seed=3, last_day=LAST_DAY)
            first = max(company.people(plan), key=lambda each: each.tokens_a_day)
            assert first.visibility != "private"

    def test_some_machines_outdo_the_first_of_the_people(self, workers):
        top = max(each.tokens_a_day for each in workers if not each.is_machine)
        assert sum(each.tokens_a_day > top for each in workers if each.is_machine) == 2


class TestThePeople:
    def test_the_same_plan_gives_the_same_company(self, workers):
        assert [*company.people(SMALL), *company.machines(SMALL)] == workers

    def test_another_seed_gives_another_one(self):
        other = company.Plan(SMALL.people, SMALL.days, 2, LAST_DAY)
        assert list(company.people(other)) != list(company.people(SMALL))

    def test_nobody_could_be_real(self, workers):
        assert all(each.identity.endswith(".demo.example") for each in workers)
        assert len({each.identity for each in workers}) == len(workers)

    def test_an_eighth_is_private_a_seventh_named_the_rest_pseudonymous(self):
        plan = company.Plan(5000, 30, seed=1, last_day=LAST_DAY)
        counts = Counter(each.visibility for each in company.people(plan))
        assert counts["private"] / 5000 == pytest.approx(0.12, abs=0.02)
        assert counts["named"] / 5000 == pytest.approx(0.15, abs=0.02)

    def test_the_seven_of_the_sign_ins_come_first(self, workers):
        seen = dict(zip(company.KINDS, workers, strict=False))
        assert seen["private"].visibility == "private"
        assert seen["named"].visibility == "named"
        assert seen["employee"].visibility == "pseudonymous"

    @pytest.mark.parametrize("people", [60, 2000, 85_000])
    def test_the_first_team_would_stand_on_a_board_of_250(self, people):
        """A team label shows only where ten on the board share it."""
        plan = company.Plan(people, 30, seed=1, last_day=LAST_DAY)
        workers = list(company.people(plan))
        least = sorted((each.tokens_a_day for each in workers), reverse=True)[:250][-1]
        first_team = [each for each in workers if each.team == "team-1"]
        assert sum(each.tokens_a_day >= least for each in first_team) >= 11

    def test_teams_have_about_twelve_people_and_lie_in_departments(self, workers):
        sizes = Counter(each.team for each in workers if not each.is_machine)
        assert set(sizes.values()) == {12}
        teams = {team.slug: team for team in company.teams(SMALL)}
        assert all(teams[teams[slug].parent].parent is None for slug in sizes)


class TestTheRecords:
    def test_everyones_records_add_up_to_the_token(self, workers, work):
        sums = defaultdict(int)
        for _, each in work:
            sums[each.worker.number] += sum(each.tokens)
        assert sums == {
            worker.number: round(worker.tokens_a_day * SMALL.days) for worker in workers
        }

    def test_no_bucket_is_negative_and_no_id_comes_twice(self, work):
        assert min(min(each.tokens) for _, each in work) >= 0
        assert len({each.key for _, each in work}) == len(work)

    def test_the_same_day_gives_the_same_records(self, workers, grid):
        again = [
            list(days.work_of_day(SMALL, day=3, workers=workers, tokens=grid[3])) for _ in range(2)
        ]
        assert again[0] == again[1]

    def test_there_are_about_six_a_person_and_day_at_most(self, work):
        people = sum(not each.worker.is_machine for _, each in work)
        assert 3 < people / SMALL.people / SMALL.days <= 15e6 / 85_000 / 30

    def test_cache_reads_are_most_of_it(self, work):
        total = sum(sum(each.tokens) for _, each in work)
        assert 0.85 < sum(each.tokens[1] for _, each in work) / total < 0.95

    def test_weekends_are_light(self, workers, grid):
        people = SMALL.people
        by_kind = defaultdict(list)
        for day, shares in zip(days.dates(SMALL), grid, strict=True):
            by_kind[day.weekday() >= 5].append(sum(shares[:people]))
        weekend, working = (sum(found) / len(found) for found in (by_kind[True], by_kind[False]))
        assert weekend < working / 5

    def test_people_work_in_office_hours_and_machines_round_the_clock(self, work):
        hours = {True: Counter(), False: Counter()}
        for _, each in work:
            hours[each.worker.is_machine][int(each.second // 3600)] += 1
        assert set(hours[True]) == set(range(24))
        assert sum(hours[False][hour] for hour in range(5)) == 0
        assert max(each.second for _, each in work) < 24 * 3600

    def test_some_sittings_last_over_four_hours_without_a_long_gap(self, work):
        sittings = defaultdict(list)
        for day, each in work:
            if each.worker.is_immortal:
                sittings[each.worker.number, day, each.session].append(each.second)
        long = Counter()
        for (worker, _, _), seconds in sittings.items():
            if seconds[-1] - seconds[0] >= 4 * 3600:
                assert all(later - sooner <= 15 * 60 for sooner, later in pairwise(seconds))
                long[worker] += 1
        assert max(long.values()) >= 10

    def test_each_model_has_a_price(self):
        for habit in habits.all_habits():
            assert prices.rates_at(habit.provider, habit.model, 1_795_000_000), habit
