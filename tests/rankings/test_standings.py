"""Everyone's own standing, incrementally and from scratch."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.people import actions as people
from apps.people import queries as people_queries
from apps.people.models import Team
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind
from apps.rankings import actions, ordering, population, queries, tables
from apps.rankings.models import Board, Ladder, Standing, WindowTotal
from tests.rankings.company import ACTOR


def ranks_of(company, *names):
    return [
        [(one.rank, one.of) for one in queries.standings_of(company.subject(name))]
        for name in names
    ]


class TestRefreshStandings:
    def test_it_ranks_who_takes_part_and_nobody_else_leaves_a_gap(self, company):
        company.board()
        company.hire(["ann", "ben", "cai"])
        company.hire(["dee"], visibility="private")
        company.hire(["eva"])
        for name, fresh in (("ann", 500), ("ben", 300), ("cai", 300), ("dee", 400)):
            company.work(name, fresh=fresh)
        actions.refresh_standings(at=company.at)
        assert ranks_of(company, "ann", "ben", "cai") == [[(1, 3)], [(2, 3)], [(2, 3)]]
        assert ranks_of(company, "dee", "eva") == [[], []]
        assert not WindowTotal.objects.filter(subject=company.subject("dee")).exists()

    def test_it_sums_only_who_was_touched(self, company):
        company.board()
        company.hire(["ann", "ben", "cai"])
        for name in ("ann", "ben", "cai"):
            company.work(name)
        assert actions.refresh_standings(at=company.at).summed == 3
        company.work("ben", fresh=1)
        done = actions.refresh_standings(at=company.at)
        assert (done.touched, done.summed) == (1, 1)
        assert ranks_of(company, "ben", "ann") == [[(1, 3)], [(2, 3)]]
        assert actions.refresh_standings(at=company.at).summed == 0

    def test_it_asks_who_takes_part_only_when_somebody_changed(self, company, monkeypatch):
        company.board()
        company.hire(["ann", "ben"])
        company.work("ann")
        actions.refresh_standings(at=company.at)
        asked = []
        participants = people_queries.participants

        def asking(**which):
            asked.append(which)
            return participants(**which)

        monkeypatch.setattr(people_queries, "participants", asking)
        company.work("ben", fresh=5000)
        actions.refresh_standings(at=company.at)
        assert (asked, ranks_of(company, "ben")) == ([], [[(1, 2)]])
        company.hire(["cai"])
        company.work("cai", fresh=9000)
        actions.refresh_standings(at=company.at)
        assert (len(asked), ranks_of(company, "cai")) == (1, [[(1, 3)]])

    def test_a_new_service_needs_no_change_of_people(self, company):
        company.board(lane="automation")
        actions.refresh_standings(at=company.at)
        subject = people.add_service_account(
            slug="builder",
            label="Builder",
            identity="builder@corp.example",
            actor=ACTOR,
            at=company.at,
        )
        company.work("builder")
        actions.refresh_standings(at=company.at)
        assert queries.standings_of(subject)[0].rank == 1

    def test_boards_that_differ_in_looks_alone_are_summed_once(self, company, monkeypatch):
        company.board()
        company.board("bands", kind="tiers")
        company.board("week", window_days=7)
        company.hire(["ann", "ben"])
        summed, totals = [], population.Population.totals

        def summing(self, board, **which):
            summed.append(board.slug)
            return totals(self, board, **which)

        monkeypatch.setattr(population.Population, "totals", summing)
        for fresh in (100, 900):
            company.work("ann", fresh=fresh, days_ago=10)
            company.work("ben", fresh=500)
            actions.refresh_standings(at=company.at)
        assert summed == ["tokens", "week"] * 2
        found = Standing.objects.values_list("board__slug", "value", "rank")
        assert sorted(found) == [
            ("bands", 1000, 1),
            ("bands", 1000, 1),
            ("tokens", 1000, 1),
            ("tokens", 1000, 1),
            ("week", 1000, 1),
        ]

    def test_it_moves_every_window_when_the_day_changes(self, company):
        company.board(window_days=7)
        company.hire(["ann", "ben"])
        company.work("ann", days_ago=6, fresh=100)
        company.work("ben", days_ago=1, fresh=10)
        actions.refresh_standings(at=company.at)
        assert ranks_of(company, "ann", "ben") == [[(1, 2)], [(2, 2)]]
        actions.refresh_standings(at=company.at + timedelta(days=1))
        assert ranks_of(company, "ann", "ben") == [[], [(1, 1)]]

    def test_it_sums_anew_when_the_board_is_changed(self, company):
        company.board()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=10, cache_read_tokens=1000)
        company.work("ben", fresh=100)
        actions.refresh_standings(at=company.at)
        Board.objects.update(measure="fresh_tokens")
        actions.refresh_standings(at=company.at)
        assert ranks_of(company, "ann", "ben") == [[(2, 2)], [(1, 2)]]

    def test_it_takes_someone_in_who_joins_later_with_all_of_their_window(self, company):
        company.board()
        company.hire(["ann"])
        company.hire(["dee"], visibility="private")
        company.work("ann", fresh=10)
        company.work("dee", fresh=20)
        actions.refresh_standings(at=company.at)
        company.choose("dee", "named")
        actions.refresh_standings(at=company.at)
        assert ranks_of(company, "dee", "ann") == [[(1, 2)], [(2, 2)]]

    def test_it_drops_whoever_no_longer_takes_part(self, company):
        company.board()
        ids = company.hire(["ann", "ben"])
        company.work("ann", fresh=20)
        company.work("ben", fresh=10)
        actions.refresh_standings(at=company.at)
        people.deactivate(person_id=ids[0], actor=ACTOR, at=company.at)
        actions.refresh_standings(at=company.at)
        assert ranks_of(company, "ann", "ben") == [[], [(1, 1)]]
        assert not WindowTotal.objects.filter(subject=company.subject("ann")).exists()

    def test_it_sums_claimed_subjects_over_their_root(self, company):
        company.board()
        company.board("days", measure="active_days")
        ids = company.hire(["ann", "ben"])
        company.work("ann", fresh=10)
        company.work("ann.elsewhere", fresh=15)
        company.work("ben", fresh=20)
        actions.refresh_standings(at=company.at)
        stranger = Identity(Kind.EMAIL, "ann.elsewhere@corp.example")
        claimed = pseudonyms.subjects_for([stranger], at=company.at)[stranger].subject
        pseudonyms.claim(claimed, person_id=ids[0], actor=ACTOR, at=company.at)
        company.work("ann", fresh=1)
        actions.refresh_standings(at=company.at)
        values = dict(Standing.objects.filter(board__slug="tokens").values_list("subject", "value"))
        assert values == {company.subject("ann"): 26, company.subject("ben"): 20}
        days = dict(Standing.objects.filter(board__slug="days").values_list("subject", "value"))
        assert days == {company.subject("ann"): 1, company.subject("ben"): 1}

    @pytest.mark.parametrize(("portion", "many"), [(1, 0), (2, 2), (20_000, 60_000)])
    def test_it_sums_the_same_over_everyone_and_over_some(
        self, company, monkeypatch, portion, many
    ):
        monkeypatch.setattr(population, "PORTION", portion)
        monkeypatch.setattr(population, "MANY", many)
        company.board()
        company.board("days", measure="active_days", window_days=0)
        names = [f"n{number}" for number in range(5)]
        company.hire(names)
        for number, name in enumerate(names, start=1):
            company.work(name, fresh=number * 100, days_ago=number)
        actions.refresh_standings(at=company.at)
        company.work("n0", fresh=1000)
        company.work("n1", fresh=1000)
        actions.refresh_standings(at=company.at)
        found = ranks_of(company, *names)
        assert [days_and_tokens[1] for days_and_tokens in found] == [
            (2, 5),
            (1, 5),
            (5, 5),
            (4, 5),
            (3, 5),
        ]
        assert [days_and_tokens[0] for days_and_tokens in found] == [(2, 5), (1, 5), *[(2, 5)] * 3]

    def test_it_keeps_lanes_apart(self, company):
        company.board()
        company.board("machines", lane="automation")
        company.hire(["ann"])
        company.work("ann", fresh=10)
        company.work("ann", fresh=90, is_automation=True)
        actions.refresh_standings(at=company.at)
        standing = Standing.objects.get(subject=company.subject("ann"))
        assert (standing.board.slug, standing.value) == ("tokens", 10)

    def test_a_board_of_a_small_team_keeps_nothing_of_anybody(self, company):
        people.add_team(slug="blue", name="Blue", actor=ACTOR, at=company.at)
        company.board()
        names = [f"n{number}" for number in range(50)]
        company.hire(names, team="blue")
        board = company.board("blues", team_id=Team.objects.get(slug="blue").pk)
        for name in names[:49]:
            company.work(name)
        for refresh in (actions.refresh_standings, actions.recompute):
            refresh(at=company.at)
            assert not WindowTotal.objects.filter(board=board.id).exists()
            assert not Standing.objects.filter(board=board.id).exists()
        assert ranks_of(company, "n0") == [[(1, 49)]]  # of the company
        company.work(names[49], fresh=5)
        assert actions.refresh_standings(at=company.at).touched == 1
        assert ranks_of(company, "n49") == [[(50, 50), (50, 50)]]
        assert actions.recompute(at=company.at).differences == 0
        company.choose("n0", "private")
        actions.refresh_standings(at=company.at)
        assert not WindowTotal.objects.filter(board=board.id).exists()
        assert not Standing.objects.filter(board=board.id).exists()
        assert ranks_of(company, "n49") == [[(49, 49)]]

    def test_it_forgets_a_retired_board(self, company):
        company.board()
        company.hire(["ann"])
        company.work("ann")
        actions.refresh_standings(at=company.at)
        Board.objects.update(is_active=False)
        actions.refresh_standings(at=company.at)
        assert not Standing.objects.exists()
        assert not WindowTotal.objects.exists()
        assert not Ladder.objects.exists()


class TestRank:
    @pytest.mark.django_db
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
    )
    @given(st.dictionaries(st.integers(1, 10**9), st.integers(0, 9), max_size=30))
    def test_the_database_ranks_as_the_pure_ranks_do(self, totals):
        board, _ = Board.objects.get_or_create(slug="any", title="Any")
        WindowTotal.objects.all().delete()
        tables.store(board.pk, totals)
        tables.rank(board.pk)
        positive = {subject: value for subject, value in totals.items() if value}
        ranked = dict(zip(positive, ordering.ranks(list(positive.values())), strict=True))
        found = {row.subject: (row.rank, row.of) for row in Standing.objects.all()}
        assert found == {subject: (rank, len(positive)) for subject, rank in ranked.items()}


class TestRecompute:
    def test_it_agrees_with_the_incremental_values(self, company):
        company.board()
        company.hire(["ann", "ben"])
        company.work("ann")
        actions.refresh_standings(at=company.at)
        company.work("ben", fresh=5000)
        found = actions.recompute(at=company.at)
        assert (found.compared, found.differences) == (2, 0)
        assert ranks_of(company, "ben") == [[(1, 2)]]

    def test_it_takes_usage_that_arrives_meanwhile_for_no_fault(self, company, monkeypatch):
        company.board()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=100)
        actions.refresh_standings(at=company.at)
        totals = population.Population.totals

        def arriving(self, board, *, until, subjects):
            if len(subjects) == 2:
                company.work("ben", fresh=500)
            return totals(self, board, until=until, subjects=subjects)

        with monkeypatch.context() as patch:
            patch.setattr(population.Population, "totals", arriving)
            assert actions.recompute(at=company.at).differences == 0
        assert ranks_of(company, "ben", "ann") == [[(1, 2)], [(2, 2)]]

    def test_it_counts_and_repairs_what_differs(self, company):
        company.board()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=100)
        company.work("ben", fresh=50)
        actions.refresh_standings(at=company.at)
        WindowTotal.objects.filter(subject=company.subject("ben")).update(value=999)
        tables.rank(Board.objects.get().pk)
        assert ranks_of(company, "ben") == [[(1, 2)]]
        tables.store(Board.objects.get().pk, {4711: 10**6})  # nobody who takes part
        assert actions.recompute(at=company.at).differences == 2
        assert ranks_of(company, "ann", "ben") == [[(1, 2)], [(2, 2)]]
        assert actions.recompute(at=company.at).differences == 0


class TestStandingsOf:
    def test_the_distance_comes_from_the_figures_last_shown(self, company):
        company.board()
        company.gather()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=123_456)
        company.work("ben", fresh=1_000)
        actions.refresh_standings(at=company.at)
        assert queries.standings_of(company.subject("ben"))[0].distance_to_next is None
        actions.publish("tokens", at=company.at)
        company.work("ann", days_ago=0, fresh=700_000)
        actions.refresh_standings(at=company.at)
        assert queries.standings_of(company.subject("ben"))[0].distance_to_next == 122_000
        assert queries.standings_of(company.subject("ann"))[0].distance_to_next is None

    def test_the_distance_and_ones_own_total_make_no_exact_total_of_the_next(self, company):
        company.board()
        company.gather()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=7_654_321)
        company.work("ben", fresh=1_234_567)
        actions.publish("tokens", at=company.at)
        company.work("ann", days_ago=0, fresh=11)
        actions.refresh_standings(at=company.at)
        distance = queries.standings_of(company.subject("ben"))[0].distance_to_next
        assert 1_234_567 + distance == ordering.shown(7_654_321) == 7_650_000
        for more in (1, 6_415_432, 3_000):  # to one below the figure, onto it, beyond it
            company.work("ben", days_ago=0, fresh=more)
            actions.refresh_standings(at=company.at)
            own = Standing.objects.get(subject=company.subject("ben")).value
            found = queries.standings_of(company.subject("ben"))[0].distance_to_next
            assert found is None if own >= 7_650_000 else own + found == 7_650_000

    def test_a_board_of_tiers_shows_no_distance(self, company):
        company.board(kind="tiers")
        company.gather()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=10)
        company.work("ben", fresh=20)
        actions.publish("tokens", at=company.at)
        actions.refresh_standings(at=company.at)
        assert queries.standings_of(company.subject("ann"))[0].distance_to_next is None
