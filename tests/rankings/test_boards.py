"""Boards as definitions: seeded, granted, edited in the admin without a figure in sight."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.common.errors import NotFound
from apps.rankings import actions, queries
from apps.rankings.models import Board, Release
from tests.rankings.company import ACTOR


class TestSeedBoards:
    def test_it_adds_the_four_boards_once(self, company):
        actions.seed_boards(actor=ACTOR, at=company.at)
        Board.objects.filter(slug="fresh-7d").update(title="Mine now")
        actions.seed_boards(actor=ACTOR, at=company.at)
        found = {one.slug: (one.kind, one.measure, one.window_days) for one in queries.boards()}
        assert found == {
            "tokens-30d": ("numbers", "total_tokens", 30),
            "tiers-30d": ("tiers", "total_tokens", 30),
            "fresh-7d": ("numbers", "fresh_tokens", 7),
            "automation-30d": ("numbers", "total_tokens", 30),
        }
        assert queries.board("fresh-7d").title == "Mine now"
        assert len(audit.entries(event=Event.BOARD_ADDED)) == 4

    def test_it_is_daily_with_a_days_delay_and_250_rows(self, company):
        actions.seed_boards(actor=ACTOR, at=company.at)
        assert {(one.cadence, one.delay_days, one.size) for one in queries.boards()} == {
            ("daily", 1, 250)
        }


class TestAllowViewing:
    def test_it_grants_the_board_to_a_group_and_writes_it_down(self, company, alice):
        company.board()
        group = Group.objects.create(name="watchers")
        group.user_set.add(alice)
        board = Board.objects.get()
        actions.allow_viewing("tokens", holders=[group], actor=ACTOR, at=company.at)
        assert permissions.may(alice, "view_board", board)
        entries = audit.entries(event=Event.PERMISSION_GRANTED)
        assert entries[0].parameters == {"permission": "view_board", "group": "watchers"}

    def test_it_knows_no_board_of_that_name(self, company):
        with pytest.raises(NotFound):
            actions.allow_viewing("none", holders=[], actor=ACTOR, at=company.at)


class TestAdmin:
    def test_it_saves_a_change_and_writes_it_down(self, company, administrator, signed_in):
        company.board()
        board = Board.objects.get()
        page = reverse("admin:rankings_board_change", args=[board.pk])
        client = signed_in(administrator)
        form = client.get(page).context["adminform"].form
        sent = {name: "" if value is None else value for name, value in form.initial.items()}
        answer = client.post(page, {**sent, "size": 100, "is_active": "on"})
        assert answer.status_code == 302, answer.context["errors"]
        assert Board.objects.get().size == 100
        entry = audit.entries(event=Event.BOARD_CHANGED)[0]
        assert entry.parameters == {"size": "100"}
        assert entry.actor == f"user:{administrator.pk}"

    def test_it_refuses_to_publish_a_day_that_is_not_over(self, company, administrator, signed_in):
        company.board()
        page = reverse("admin:rankings_board_change", args=[Board.objects.get().pk])
        client = signed_in(administrator)
        initial = client.get(page).context["adminform"].form.initial
        sent = {name: "" if value is None else value for name, value in initial.items()}
        answer = client.post(page, {**sent, "delay_days": 0})
        assert "delay_days" in answer.context["adminform"].form.errors

    @pytest.mark.parametrize(
        ("name", "value"), [("least_participants", 49), ("least_label_holders", 9)]
    )
    def test_it_takes_no_board_of_few_people(self, company, administrator, signed_in, name, value):
        company.board()
        company.board("machines", lane="automation")
        client = signed_in(administrator)
        for board, is_refused in (
            (Board.objects.get(slug="tokens"), True),
            (Board.objects.get(slug="machines"), False),
        ):
            page = reverse("admin:rankings_board_change", args=[board.pk])
            initial = client.get(page).context["adminform"].form.initial
            sent = {field: "" if given is None else given for field, given in initial.items()}
            answer = client.post(page, {**sent, name: value})
            if is_refused:
                assert name in answer.context["adminform"].form.errors
            else:
                assert answer.status_code == 302
        assert set(Board.objects.filter(**{name: value}).values_list("slug", flat=True)) == {
            "machines"
        }

    @pytest.mark.parametrize(
        ("name", "value"), [("least_participants", 49), ("least_label_holders", 9)]
    )
    def test_the_database_takes_none_either(self, company, name, value):
        company.board("machines", lane="automation", **{name: value})
        with pytest.raises(IntegrityError), transaction.atomic():
            company.board("people", **{name: value})
        with pytest.raises(IntegrityError), transaction.atomic():
            Board.objects.update(lane="people")

    def test_it_publishes_now(self, company, administrator, signed_in):
        from apps.common import clock

        company.at = clock.now()
        company.board()
        company.board("few", least_participants=51)
        company.gather()
        client = signed_in(administrator)
        chosen = [str(pk) for pk in Board.objects.values_list("pk", flat=True)]
        answer = client.post(
            reverse("admin:rankings_board_changelist"),
            {"action": "publish_now", "_selected_action": chosen},
            follow=True,
        )
        said = " ".join(str(one) for one in answer.context["messages"])
        assert "tokens: published" in said
        assert "few: not published, too few people take part" in said
        assert Release.objects.get().board.slug == "tokens"

    def test_it_deletes_no_board(self, company, administrator, signed_in):
        company.board()
        page = reverse("admin:rankings_board_delete", args=[Board.objects.get().pk])
        assert signed_in(administrator).get(page).status_code == 403
