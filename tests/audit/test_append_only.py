"""The database itself refuses to change the log; every attempt here is plain SQL."""

import uuid

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.audit.models import Detail, Entry, Erasure
from apps.common import actors

pytestmark = pytest.mark.django_db

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite alone has REPLACE")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="has TRUNCATE")


@pytest.fixture
def entry(at):
    with transaction.atomic():
        audit.record(
            event=Event.PSEUDONYM_REVEALED,
            actor=actors.user(7, role="admin"),
            at=at,
            subject="user:8",
            parameters={"reason": "a leak"},
        )
    return queries.entries(limit=1)[0]


def refused(statement, *values):
    with (
        pytest.raises(DatabaseError, match=r"append-only|only erased"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    return True


def erased(entry_id, *, event=Event.DETAILS_ERASED, at):
    """Return an erasure that lists the entry, as it is written before the details go."""
    with transaction.atomic():
        erasure = audit.record(event=event, actor=actors.user(7), at=at, count=1)
    Erasure.objects.create(erasure_id=erasure, entry_id=entry_id, parts="asp")
    return str(erasure)


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def value(key):
    """Return an id as the database keeps it."""
    return str(key) if connection.vendor == "postgresql" else uuid.UUID(str(key)).hex


ERASE_THIS = """
    UPDATE audit_detail SET actor = NULL, role = NULL, actor_nonce = NULL, subject = NULL,
    subject_nonce = NULL, parameters = NULL, parameters_nonce = NULL, erased_by = %s
    WHERE entry_id = %s
"""


class TestEntries:
    @pytest.mark.parametrize(
        "change",
        ["leaf = leaf", "event = 'x.y'", "outcome = 'deny'", "recorded_at = CURRENT_TIMESTAMP"],
    )
    def test_they_are_not_updated(self, entry, change):
        assert refused(f"UPDATE audit_entry SET {change}")

    def test_they_are_not_deleted(self, entry):
        assert refused("DELETE FROM audit_entry")

    def test_the_orm_cannot_either(self, entry):
        row = Entry.objects.get(pk=entry.id)
        row.event = "other.event"
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            row.save()
        with pytest.raises(DatabaseError), transaction.atomic():
            Entry.objects.filter(pk=entry.id)._raw_delete("default")
        assert queries.entries(limit=1) == [entry]

    @on_sqlite
    def test_they_are_not_replaced(self, entry):
        columns = "id, leaf, recorded_at, event, outcome"
        assert refused(f"INSERT OR REPLACE INTO audit_entry SELECT {columns} FROM audit_entry")
        assert refused(
            f"REPLACE INTO audit_entry (rowid, {columns})"
            " SELECT rowid, %s, leaf, recorded_at, event, outcome FROM audit_entry",
            uuid.uuid4().hex,
        )
        assert refused("INSERT OR REPLACE INTO audit_detail SELECT * FROM audit_detail")

    @on_postgresql
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("table", ["audit_detail", "audit_entry CASCADE"])
    def test_they_are_not_truncated(self, entry, table):
        assert refused(f"TRUNCATE {table}")


class TestDetails:
    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'user:9'",
            "role = NULL",
            "subject = NULL, subject_nonce = NULL",
            "parameters = '{}'",
            "entry_id = entry_id, actor_nonce = NULL",
        ],
    )
    def test_they_are_not_edited_nor_blanked_without_saying_why(self, entry, change):
        assert refused(f"UPDATE audit_detail SET {change}")

    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'user:9'",
            "actor = NULL, role = NULL",
            "actor_nonce = NULL",
            "subject = 'user:9'",
            "subject = NULL",
            "parameters = '{}'",
            "parameters_nonce = NULL",
        ],
    )
    def test_an_erasure_changes_nothing_and_takes_the_nonce_along(self, entry, change, at):
        erased_by = value(erased(entry.id, at=at))
        assert refused(f"UPDATE audit_detail SET {change}, erased_by = %s", erased_by)

    def test_they_are_not_deleted(self, entry):
        assert refused("DELETE FROM audit_detail")
        with pytest.raises(DatabaseError), transaction.atomic():
            Detail.objects.all()._raw_delete("default")

    def test_only_an_erasure_that_lists_the_entry_blanks_them(self, entry, at):
        assert refused(ERASE_THIS, str(uuid.uuid4()), value(entry.id))
        other = erased(uuid.uuid4(), at=at)
        assert refused(ERASE_THIS, value(other), value(entry.id))
        no_erasure = erased(entry.id, event=Event.LOG_READ, at=at)
        assert refused(ERASE_THIS, value(no_erasure), value(entry.id))
        assert queries.entries(event=Event.PSEUDONYM_REVEALED) == [entry]

    def test_they_may_be_erased(self, entry, at):
        leaf = bytes(Entry.objects.get(pk=entry.id).leaf)
        assert run(ERASE_THIS, value(erased(entry.id, at=at)), value(entry.id)) == 1
        (seen,) = queries.entries(event=Event.PSEUDONYM_REVEALED)
        assert (seen.actor, seen.role, seen.subject, seen.parameters) == (None, None, None, None)
        assert bytes(Entry.objects.get(pk=entry.id).leaf) == leaf

    def test_one_person_may_be_erased_and_the_other_stays(self, entry, at):
        run(
            "UPDATE audit_detail SET subject = NULL, subject_nonce = NULL, erased_by = %s"
            " WHERE entry_id = %s",
            value(erased(entry.id, at=at)),
            value(entry.id),
        )
        (seen,) = queries.entries(event=Event.PSEUDONYM_REVEALED)
        assert (seen.subject, seen.actor) == (None, "user:7")

    def test_what_was_erased_does_not_come_back(self, entry, at):
        run(ERASE_THIS, value(erased(entry.id, at=at)), value(entry.id))
        assert refused("UPDATE audit_detail SET actor = 'user:7'")
        assert refused("UPDATE audit_detail SET erased_by = NULL")


class TestMigration:
    @pytest.mark.django_db(transaction=True)
    def test_it_can_be_taken_back_and_made_again(self, at):
        call_command("migrate", "audit", "0003", verbosity=0, skip_checks=True)
        call_command("migrate", "audit", verbosity=0, skip_checks=True)
        with transaction.atomic():
            entry = audit.record(event=Event.LOG_READ, actor=actors.user(7), at=at)
        assert refused("DELETE FROM audit_entry")
        assert refused(ERASE_THIS, value(uuid.uuid4()), value(entry))
