"""Releases: frozen once, with no more labels than enough people share."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.badges import actions as badges
from apps.badges.models import Award, Badge
from apps.common.errors import NotFound
from apps.people import actions as people
from apps.rankings import actions, queries
from apps.rankings.actions import releases
from apps.rankings.models import Board, Release, ReleaseRow
from tests.rankings.company import ACTOR

NAMES = [f"n{number}" for number in range(12)]


def shown(slug="tokens"):
    return queries.rows(queries.current_release(queries.board(slug).id).id)


@pytest.fixture
def working(company):
    """Twelve people with 100, 200, ... tokens yesterday, and a crowd below them."""
    company.gather()
    company.hire(NAMES)
    for number, name in enumerate(NAMES, start=1):
        company.work(name, fresh=100 * number)
    return company


class TestPublish:
    def test_it_freezes_the_window_that_ends_on_the_closed_day(self, working):
        working.board(window_days=7, size=3)
        working.work("n0", days_ago=0, fresh=10**6)
        working.work("n1", days_ago=8, fresh=10**6)
        done = actions.publish("tokens", at=working.at)
        release = queries.current_release(queries.board("tokens").id)
        assert (done.release_id, done.as_of) == (release.id, working.today - timedelta(days=1))
        assert release.window_from == working.today - timedelta(days=7)
        assert release.participants == 62
        assert [(row.rank, row.value) for row in shown()] == [(1, 1200), (2, 1100), (3, 1000)]
        assert shown()[0].subject == working.subject("n11")

    def test_it_changes_nothing_the_second_time(self, working):
        working.board()
        actions.publish("tokens", at=working.at)
        before = shown()
        working.work("n0", fresh=10**6)
        again = actions.publish("tokens", at=working.at)
        assert (again.release_id, again.reason) == (None, "already_published")
        assert shown() == before

    def test_it_follows_with_the_next_day(self, working):
        working.board()
        first = actions.publish("tokens", at=working.at)
        second = actions.publish("tokens", at=working.at + timedelta(days=1))
        assert queries.current_release(queries.board("tokens").id).id == second.release_id
        assert not Release.objects.get(pk=first.release_id).is_current

    def test_it_publishes_a_weekly_board_once_a_week(self, working):
        working.board(cadence="weekly")
        days = [working.at + timedelta(days=number) for number in range(14)]
        made = [actions.publish("tokens", at=day) for day in days]
        found = [
            (day.date(), one.as_of) for day, one in zip(days, made, strict=True) if one.release_id
        ]
        # Friday the 20th on: a week is published on the Monday after it, and not again.
        assert found == [
            (date(2026, 11, 23), date(2026, 11, 22)),
            (date(2026, 11, 30), date(2026, 11, 29)),
        ]

    def test_it_never_goes_back_when_the_cadence_changes(self, working):
        working.board()
        actions.publish("tokens", at=working.at)
        Board.objects.update(cadence="weekly")
        assert actions.publish("tokens", at=working.at).reason == "already_published"

    def test_it_withholds_what_too_few_take_part_in(self, working):
        working.board(least_participants=63)
        done = actions.publish("tokens", at=working.at)
        assert (done.release_id, done.reason) == (None, "too_few_participants")
        assert not Release.objects.exists()
        working.hire(["late"])
        working.work("late")
        assert actions.publish("tokens", at=working.at).release_id

    def test_it_needs_fifty_whatever_the_board_says(self, company):
        """The database refuses such a board; one that got there all the same stays unpublished."""
        company.board(lane="automation", least_participants=1, least_label_holders=1)
        names = [f"n{number}" for number in range(49)]
        company.hire(names)
        for name in names:
            company.work(name)
        board = Board(lane="people", least_participants=1, least_label_holders=1)
        assert (board.participants_needed, board.label_holders_needed) == (50, 10)
        company.board("people")
        assert actions.publish("people", at=company.at).reason == "too_few_participants"
        company.hire(["fiftieth"])
        company.work("fiftieth")
        assert actions.publish("people", at=company.at).release_id

    def test_it_counts_only_those_who_compete_towards_the_threshold(self, working):
        working.board(least_participants=63)
        working.hire(["idle"])
        working.hire(["shy"], visibility="private")
        working.work("shy")
        assert actions.publish("tokens", at=working.at).reason == "too_few_participants"

    def test_it_shows_no_private_person(self, working):
        working.board(size=11)
        working.choose("n11", "private")
        actions.publish("tokens", at=working.at)
        assert shown()[0].subject == working.subject("n10")
        assert [row.rank for row in shown()] == list(range(1, 12))

    def test_it_shows_bands_without_figures_on_a_board_of_tiers(self, working):
        working.board(kind="tiers", size=50)
        actions.publish("tokens", at=working.at)
        assert {(row.tier, row.rank, row.value) for row in shown()} == {("jade", None, None)}
        assert not ReleaseRow.objects.exclude(value=None).exists()

    def test_it_publishes_the_automation_lane_without_threshold_or_labels(self, company):
        company.board(lane="automation", least_participants=1, least_label_holders=1)
        assert actions.publish("tokens", at=company.at).reason == "too_few_participants"
        subject = people.add_service_account(
            slug="builder",
            label="Builder",
            identity="builder@corp.example",
            actor=ACTOR,
            at=company.at,
        )
        company.hire(["ann"])
        company.work("builder", fresh=70, is_automation=True)
        company.work("ann", fresh=90, is_automation=True)
        assert actions.publish("tokens", at=company.at).release_id
        assert [(row.subject, row.rank, row.value) for row in shown()] == [(subject, 1, 70)]

    def test_it_writes_itself_down_with_its_keys_digest(self, working):
        working.board(size=5)
        done = actions.publish("tokens", at=working.at)
        entry = audit.entries(event=Event.RELEASE_PUBLISHED)[0]
        assert (entry.item_type, entry.item_id) == ("release", str(done.release_id))
        assert entry.count == 5
        assert len(entry.parameters["key"]) == 64

    def test_it_knows_no_board_of_that_name(self, company):
        with pytest.raises(NotFound):
            actions.publish("none", at=company.at)

    def test_it_leaves_nothing_when_it_dies_before_the_end(self, working, monkeypatch):
        working.board()
        first = actions.publish("tokens", at=working.at)
        later = working.at + timedelta(days=1)

        def dies(**_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(releases.audit, "record", dies)
            actions.publish("tokens", at=later)
        assert Release.objects.get().pk == first.release_id
        assert Release.objects.get().is_current
        assert actions.publish("tokens", at=later).release_id

    def test_the_database_itself_allows_one_release_a_day(self, working):
        board = working.board()
        done = actions.publish("tokens", at=working.at)
        with pytest.raises(IntegrityError), transaction.atomic():
            Release.objects.create(
                board_id=board.id,
                as_of=done.as_of,
                published_at=working.at,
                participants=1,
                is_current=False,
            )


class TestLabels:
    def test_a_team_shows_only_where_enough_on_the_board_share_it(self, company):
        company.board(size=20)
        company.gather()
        blue, red = ([f"{colour}{n}" for n in range(11)] for colour in ("b", "r"))
        for slug, members in (("blue", blue), ("red", red[:10])):
            people.add_team(slug=slug, name=slug.capitalize(), actor=ACTOR, at=company.at)
            company.hire(members, team=slug)
        for number, name in enumerate([*red[:10], *blue], start=1):
            company.work(name, fresh=number * 10)
        actions.publish("tokens", at=company.at)
        named = {row.subject: row.team for row in shown()}
        # Ten of red compete, but only nine of them are among the twenty rows.
        expected = dict.fromkeys(map(company.subject, blue), "Blue")
        assert named == expected | dict.fromkeys(map(company.subject, red[1:10]), "")

    def test_a_badge_shows_only_where_enough_who_take_part_hold_it_and_two_at_most(self, company):
        company.board(size=2)
        company.gather()
        company.hire(["a1", "a2", "a3", "a4"])
        company.hire(["shy"], visibility="private")
        for number, name in enumerate(["a4", "a3", "a2", "a1"], start=1):
            company.work(name, fresh=number * 10)
        company.work("shy")
        badges.seed_defaults(actor=ACTOR, at=company.at)
        others = [f"extra{number}" for number in range(8)]
        holders = {
            "token-legend": ["a1", "a2", "shy", *others[:7]],  # nine who take part: hidden
            "cache-wizard": ["a1", "a2", *others],
            "first-light": ["a1", "a2", "a3", "a4", *others],
            "model-connoisseur": ["a1", "a3", *others],
        }
        for slug, names in holders.items():
            badge = Badge.objects.get(slug=slug)
            for name in names:
                Award.objects.create(
                    badge=badge,
                    subject=company.subject(name),
                    awarded_on=company.today,
                    evidence={},
                )
        actions.publish("tokens", at=company.at)
        first, second = shown()
        assert [badge.slug for badge in first.badges] == ["model-connoisseur", "cache-wizard"]
        assert [badge.slug for badge in second.badges] == ["cache-wizard", "first-light"]


class TestPublishDue:
    def test_it_publishes_each_active_board_that_waits(self, working):
        working.board()
        working.board("fresh", measure="fresh_tokens")
        working.board("small", least_participants=99)
        working.board("old", is_active=False)
        done = actions.publish_due(at=working.at)
        assert [(one.board_slug, bool(one.release_id)) for one in done] == [
            ("fresh", True),
            ("small", False),
            ("tokens", True),
        ]
        assert [slug for slug, _ in actions.due_boards(at=working.at)] == ["small"]
