import json

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common.errors import NotFound
from apps.disclosure import gate
from apps.disclosure.models import Delivery
from apps.people import actions as people
from apps.rankings import queries as rankings
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from tests.company import OPERATOR
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db


def copy_for(user, at, slug="tokens-30d"):
    return gate.board_copy(viewer_of(user), slug, at=at)


class TestABoardCopy:
    def test_it_ranks_who_takes_part_with_three_digits_and_shared_ranks(self, company, at):
        rows = copy_for(company.alice, at).rows
        assert [(row.rank, row.value) for row in rows] == [
            (1, 7_650_000),
            (2, 4_320_000),
            (3, 1_230_000),
            (4, 601_000),
            (4, 601_000),
        ]

    def test_two_copies_differ_in_pseudonyms_and_agree_in_ranks(self, company, at):
        bobs, erins = copy_for(company.bob, at), copy_for(company.erin, at)
        assert [row.rank for row in bobs.rows] == [row.rank for row in erins.rows]
        hidden = [{row.name for row in copy.rows if row.is_pseudonym} for copy in (bobs, erins)]
        assert len(hidden[0]) == len(hidden[1]) == 3
        assert not hidden[0] & hidden[1]

    def test_named_people_carry_their_name_and_the_others_none(self, company, at):
        shown = {row.name: row for row in copy_for(company.erin, at).rows}
        assert not shown["Bob"].is_pseudonym
        assert not {"Alice", "Dora", "Frank", "Carol"} & set(shown)

    def test_ones_own_row_carries_ones_own_name(self, company, at):
        own = [row for row in copy_for(company.alice, at).rows if row.is_you]
        assert [(row.name, row.is_pseudonym, row.rank) for row in own] == [("Alice", False, 1)]

    def test_it_tells_ones_own_standing(self, company, at):
        you = copy_for(company.dora, at).you
        assert (you.rank, you.of) == (3, 55)
        assert copy_for(company.carol, at).you is None

    def test_its_json_has_the_agreed_shape(self, company, at):
        answer = json.loads(copy_for(company.bob, at).json)
        assert list(answer) == ["board", "as_of", "window", "rows", "you"]
        assert answer["board"] == {
            "slug": "tokens-30d",
            "title": "Tokens, 30 days",
            "kind": "numbers",
            "measure": "total_tokens",
            "lane": "people",
        }
        assert answer["as_of"] == "2026-11-19"
        assert answer["window"] == {"from": "2026-10-21", "to": "2026-11-19"}
        assert answer["rows"][1] == {
            "rank": 2,
            "tier": None,
            "name": "Bob",
            "is_pseudonym": False,
            "is_you": True,
            "value": 4_320_000,
            "team": None,
            "badges": [],
        }
        assert answer["you"] == {"rank": 2, "of": 55, "percentile": 98}

    def test_it_gives_no_number_by_which_the_house_knows_anyone(self, company, at):
        text = copy_for(company.bob, at).json.decode()
        board = rankings.board("tokens-30d")
        release = rankings.current_release(board.id)
        for row in rankings.rows(release.id):
            assert str(row.subject) not in text
            assert str(row.value) not in text
        assert str(release.id) not in text


class TestTiers:
    def test_they_show_neither_rank_nor_value_nor_order(self, company, at):
        rows = copy_for(company.bob, at, "tiers-30d").rows
        assert {(row.rank, row.value, row.tier) for row in rows} == {(None, None, "jade")}
        names = [row.name.casefold() for row in rows]
        assert names == sorted(names)
        assert len(names) == 5


class TestAutomation:
    def test_it_shows_labels(self, company, at):
        rows = copy_for(company.bob, at, "automation-30d").rows
        assert [(row.name, row.is_pseudonym, row.value) for row in rows] == [
            ("Nightly robot", False, 5_000_000)
        ]


class TestChoosing:
    def test_private_leaves_copies_at_once_and_moves_nobody(self, company, at):
        assert len(copy_for(company.bob, at).rows) == 5
        rights.choose_visibility(user=company.alice, visibility="private", at=at)
        assert [row.rank for row in copy_for(company.bob, at).rows] == [2, 3, 4, 4]

    def test_a_row_is_left_out_even_where_nobody_struck_it(self, company, at):
        copy_for(company.bob, at)
        people.record_choice(
            person_id=company.alice.pk, visibility="private", actor=OPERATOR, at=at
        )
        assert [row.rank for row in copy_for(company.bob, at).rows] == [2, 3, 4, 4]

    def test_who_has_left_is_left_out(self, company, at):
        copy_for(company.bob, at)
        people.deactivate(person_id=company.erin.pk, actor=OPERATOR, at=at)
        assert "Erin" not in {row.name for row in copy_for(company.bob, at).rows}

    def test_a_name_offered_later_shows_in_the_same_release(self, company, at):
        copy_for(company.bob, at)
        rights.choose_visibility(user=company.alice, visibility="named", at=at)
        assert copy_for(company.bob, at).rows[0].name == "Alice"


class TestLooking:
    def test_each_look_has_one_entry_and_one_delivery(self, company, at):
        for _ in range(2):
            copy_for(company.bob, at)
        entries = log.entries(event=Event.BOARD_VIEWED)
        assert [(e.actor, e.item_id, e.count, e.rule) for e in entries] == [
            (f"user:{company.bob.pk}", "tokens-30d", 5, "view_board")
        ] * 2
        assert {d.entry for d in Delivery.objects.all()} == {e.id for e in entries}
        assert {(d.viewer, d.channel, d.role) for d in Delivery.objects.all()} == {
            (company.bob.pk, "page", "employee")
        }

    def test_without_its_entry_nothing_leaves(self, company, at, monkeypatch):
        copy_for(company.bob, at)

        def fail(**_):
            raise DatabaseError("disk full")

        monkeypatch.setattr(audit, "record", fail)
        for look in (copy_for, lambda user, at: gate.boards(viewer_of(user), at=at)):
            with pytest.raises(gate.Unavailable):
                look(company.bob, at)
        assert Delivery.objects.count() == 1

    def test_without_its_delivery_no_entry_stays(self, company, at, monkeypatch):
        def fail(_):
            raise DatabaseError("disk full")

        monkeypatch.setattr("apps.disclosure.deliveries.add", fail)
        with pytest.raises(gate.Unavailable):
            copy_for(company.bob, at)
        assert log.entries(event=Event.BOARD_VIEWED) == []

    def test_a_refusal_is_written_down_and_looks_like_absence(self, company, at):
        seen = []
        for slug in ("fresh-7d", "no-such-board"):
            with pytest.raises(NotFound) as refused:
                copy_for(company.bob, at, slug)
            seen.append((type(refused.value), refused.value.detail))
        assert seen[0] == seen[1]
        refusals = log.entries(event=Event.GATE_REFUSED)
        assert [(e.outcome, e.rule, e.parameters["board"]) for e in refusals] == [
            ("deny", "view_board", "no-such-board"),
            ("deny", "view_board", "fresh-7d"),
        ]

    def test_a_kept_copy_is_no_permission(self, company, at):
        from apps.common import permissions

        copy_for(company.bob, at)
        board = rankings.board_objects().get(slug="tokens-30d")
        permissions.revoke(company.bob.groups.get(name="employees"), "view_board", board)
        with pytest.raises(NotFound):
            copy_for(company.bob, at)

    def test_a_kept_copy_does_not_outlive_a_closure(self, company, at):
        copy_for(company.bob, at)
        shutter.close(scope="boards", actor=OPERATOR, at=at)
        with pytest.raises(Shuttered):
            copy_for(company.bob, at)
        with pytest.raises(Shuttered):
            gate.boards(viewer_of(company.bob), at=at)

    def test_looking_again_asks_the_database_little(self, company, at):
        viewer = viewer_of(company.bob)
        gate.board_copy(viewer, "tokens-30d", at=at)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            gate.board_copy(viewer, "tokens-30d", at=at)
        statements = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(statements) <= 11, "\n".join(statements)


class TestTheList:
    def test_it_names_only_what_was_granted(self, company, at):
        cards = gate.boards(viewer_of(company.bob), at=at)
        assert [card.slug for card in cards] == ["automation-30d", "tiers-30d", "tokens-30d"]
        [entry] = log.entries(event=Event.BOARD_LISTED)
        assert entry.count == 3
