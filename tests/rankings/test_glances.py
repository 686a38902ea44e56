"""What a look at a board asks anew, in one statement each."""

from datetime import timedelta

from apps.rankings import actions, glances, queries
from apps.rankings.models import Board


class TestGlance:
    def test_it_agrees_with_the_queries(self, company, django_assert_num_queries):
        company.board()
        company.gather()
        company.hire(["ann"])
        company.work("ann")
        actions.publish("tokens", at=company.at)
        actions.publish("tokens", at=company.at + timedelta(days=1))
        board = queries.board("tokens")
        release = queries.current_release(board.id)
        with django_assert_num_queries(1):
            seen = glances.glance("tokens")
        assert (seen.item.pk, seen.title, seen.kind) == (board.id, board.title, board.kind)
        assert seen.release == glances.Edition(
            release.id, release.as_of, release.window_from, release.revision
        )

    def test_a_strike_shows_at_once(self, company):
        company.board()
        company.gather()
        company.hire(["ann"])
        company.work("ann")
        actions.publish("tokens", at=company.at)
        before = glances.glance("tokens").release
        actions.strike(company.subject("ann"), at=company.at)
        assert glances.glance("tokens").release.revision == before.revision + 1

    def test_it_has_no_release_before_the_first_and_no_retired_board(self, company):
        company.board()
        assert glances.glance("tokens").release is None
        Board.objects.update(is_active=False)
        assert glances.glance("tokens") is None


class TestPlaceOn:
    def test_it_is_one_statement(self, company, django_assert_num_queries):
        board = company.board()
        company.hire(["ann", "ben"])
        company.work("ann", fresh=5)
        company.work("ben", fresh=7)
        actions.refresh_standings(at=company.at)
        subject = company.subject("ann")
        with django_assert_num_queries(1):
            place = glances.place_on(board.id, subject=subject)
        assert (place.rank, place.of, place.percentile) == (2, 2, 0)
        assert glances.place_on(board.id, subject=1) is None
