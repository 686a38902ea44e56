"""Striking: at once, everywhere, and nothing else moves."""

import threading

import pytest
from django.db import OperationalError, connection, connections

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.people import queries as people
from apps.rankings import actions, queries
from apps.rankings.models import Release, ReleaseRow, Standing, StruckRow, WindowTotal
from tests.rankings.company import CROWD

NAMES = ["ann", "ben", "cai"]


@pytest.fixture
def published(company):
    company.board()
    company.board("bands", kind="tiers")
    company.gather()
    company.hire(NAMES)
    for number, name in enumerate(NAMES, start=1):
        company.work(name, fresh=number * 100)
    actions.publish_due(at=company.at)
    actions.refresh_standings(at=company.at)
    return company


def rows(slug):
    return queries.rows(queries.current_release(queries.board(slug).id).id)


class TestStrike:
    def test_it_takes_a_person_out_of_every_release_and_moves_nobody(self, published):
        before = {slug: rows(slug) for slug in ("tokens", "bands")}
        gone = published.subject("ben")
        published.choose("ben", "private")
        for slug, old in before.items():
            assert rows(slug) == [row for row in old if row.subject != gone]
        assert queries.standings_of(gone) == []

    def test_it_leaves_no_trace_of_the_subject_in_the_row(self, published):
        gone = published.subject("ben")
        published.choose("ben", "private")
        assert not ReleaseRow.objects.filter(subject=gone).exists()
        assert not Standing.objects.filter(subject=gone).exists()
        assert not WindowTotal.objects.filter(subject=gone).exists()
        assert [field.name for field in StruckRow._meta.concrete_fields] == ["release", "digest"]
        struck = StruckRow.objects.values_list("release", "digest")
        assert len({bytes(digest) for _, digest in struck}) == 2
        assert {release for release, _ in struck} == set(
            Release.objects.values_list("pk", flat=True)
        )
        assert "is_struck" not in {field.name for field in ReleaseRow._meta.get_fields()}

    def test_the_order_of_struck_rows_is_not_that_of_the_choices(self, published):
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL keeps the order of the day until its tables are rewritten")
        for name in NAMES:
            published.choose(name, "private")
        with connection.cursor() as cursor:
            cursor.execute("SELECT release_id, hex(digest) FROM rankings_struckrow")
            found = cursor.fetchall()
        assert found == sorted(found)
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT rowid FROM rankings_struckrow")

    def test_it_lets_the_person_alone_find_the_row_again(self, published):
        gone, other = published.subject("ben"), published.subject("ann")
        before = queries.releases_holding([gone])
        published.choose("ben", "private")
        after = queries.releases_holding([gone])
        assert [one.release_id for one in after] == [one.release_id for one in before]
        assert {one.is_struck for one in after} == {True}
        assert {one.is_struck for one in queries.releases_holding([other])} == {False}

    def test_it_raises_the_revision_of_each_release(self, published):
        published.choose("ben", "private")
        assert set(Release.objects.values_list("revision", flat=True)) == {2}

    def test_its_entry_names_no_person_no_release_and_no_number_of_rows(self, published):
        published.hire(["idle"])
        published.choose("ben", "private")
        published.choose("idle", "private")  # had no row: the log must not tell that either
        entries = audit.entries(event=Event.RELEASE_ROW_STRUCK)
        told = [(e.actor, e.subject, e.item_type, e.item_id, e.count) for e in entries]
        assert told == [("task:rankings", None, "", "", 1)] * 2
        assert not any(entry.parameters for entry in entries)

    def test_it_changes_nothing_the_second_time(self, published):
        subject = published.subject("ben")
        published.choose("ben", "private")
        assert actions.strike(subject, at=published.at) == 0
        assert set(Release.objects.values_list("revision", flat=True)) == {2}

    def test_it_is_not_undone_by_a_refresh_or_a_return(self, published):
        published.choose("ben", "private")
        actions.refresh_standings(at=published.at)
        assert queries.standings_of(published.subject("ben")) == []
        published.choose("ben", "named")
        actions.refresh_standings(at=published.at)
        assert queries.standings_of(published.subject("ben"))[0].rank == 2
        assert len(rows("tokens")) == CROWD + 2


class TestConcurrency:
    @pytest.mark.django_db(transaction=True)
    def test_no_standing_survives_a_choice_made_during_a_refresh(self, company, monkeypatch):
        """The refresh reads who takes part, then the choice is made, then the refresh writes."""
        if connection.vendor != "postgresql":
            pytest.skip("SQLite lets one writer in at a time")
        company.board()
        company.hire(NAMES)
        for name in NAMES:
            company.work(name)
        read, chosen = threading.Event(), threading.Event()
        participants = people.participants

        def slow(**which):
            found = participants(**which)
            read.set()
            chosen.wait(1)  # the choice cannot end before the refresh does
            return found

        def choose():
            read.wait(10)
            company.choose("ben", "private")
            chosen.set()
            connections.close_all()

        choosing = threading.Thread(target=choose)
        choosing.start()
        with monkeypatch.context() as patch:
            patch.setattr(people, "participants", slow)
            actions.refresh_standings(at=company.at)
        choosing.join(20)
        assert chosen.is_set()
        assert not Standing.objects.filter(subject=company.subject("ben")).exists()
        assert Standing.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps them so by itself")
class TestScatter:
    def test_struck_rows_lie_in_the_order_of_their_digests(self, published):
        release = queries.current_release(queries.board("tokens").id)
        for byte in (9, 3, 7, 1):
            StruckRow.objects.create(release_id=release.id, digest=bytes([byte]) * 16)
        actions.scatter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT digest FROM rankings_struckrow ORDER BY ctid")
            assert [bytes(row[0])[0] for row in cursor.fetchall()] == [1, 3, 7, 9]
