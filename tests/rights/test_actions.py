import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import actions as rankings
from apps.rankings import queries
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from tests import company as companies

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db, at):
    return companies.found(at)


def subjects_on(slug):
    board = queries.board(slug)
    return {row.subject for row in queries.rows(queries.current_release(board.id).id)}


class TestChoosingVisibility:
    def test_private_strikes_every_release_and_drops_the_standing(self, company, at):
        subject = pseudonyms.subject_of(company.alice.pk)
        assert subject in subjects_on("tokens-30d") & subjects_on("tiers-30d")
        rights.choose_visibility(user=company.alice, visibility="private", at=at)
        assert subject not in subjects_on("tokens-30d") | subjects_on("tiers-30d")
        assert queries.standings_of(subject) == []
        assert people.person(company.alice.pk).visibility == "private"

    def test_choosing_is_written_down(self, company, at):
        before = len(log.entries(event=Event.VISIBILITY_CHOSEN))
        rights.choose_visibility(user=company.alice, visibility="named", at=at)
        chosen = log.entries(event=Event.VISIBILITY_CHOSEN)
        assert len(chosen) == before + 1
        assert chosen[0].actor == f"user:{company.alice.pk}"

    def test_it_is_whole_or_not_at_all(self, company, at, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError

        monkeypatch.setattr(rankings, "strike", fail)
        with pytest.raises(RuntimeError):
            rights.choose_visibility(user=company.alice, visibility="private", at=at)
        assert people.person(company.alice.pk).visibility == "pseudonymous"

    def test_only_the_three_can_be_chosen(self, company, at):
        with pytest.raises(rights.UnknownVisibility):
            rights.choose_visibility(user=company.alice, visibility="public", at=at)

    def test_it_is_never_shut(self, company, at):
        shutter.close(scope="all", actor=companies.OPERATOR, at=at)
        rights.choose_visibility(user=company.alice, visibility="private", at=at)
        assert people.person(company.alice.pk).visibility == "private"
