"""Details are erased, and everything that anybody ever verified stays as it was."""

import hashlib
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit import erasures, leaves, tasks
from apps.audit.actions import erasing
from apps.audit.erasures import Basis, Details, ErasureInvalid, State
from apps.audit.events import Event
from apps.audit.models import Detail, Entry, Erasure
from apps.audit.queries import erasing as covers
from apps.common import actors
from tests import flushing

pytestmark = pytest.mark.django_db
ERASER = actors.command("tests")


def write(at, **members):
    members = {"event": Event.BOARD_VIEWED, "actor": actors.user(7, role="lead"), **members}
    with transaction.atomic():
        return audit.record(at=at, **members)


def erase(wanted, at, **members):
    return audit.erase_details(
        wanted, **{"basis": Basis.REQUEST, "actor": ERASER, **members}, at=at
    )


def leaf_of(entry):
    return leaves.read(bytes(Entry.objects.get(pk=entry).leaf))


def details_of(entry):
    row = Detail.objects.get(pk=entry)
    nonces = (row.actor_nonce, row.subject_nonce, row.parameters_nonce)
    kept = (None if nonce is None else bytes(nonce) for nonce in nonces)
    return Details(row.actor, row.role, row.subject, row.parameters, *kept)


def state_of(entry):
    covering = []
    for erasure, parts in covers.covering([entry]).get(entry, []):
        erasures.check_list(leaf_of(erasure), covers.covered_by(erasure))
        covering.append(parts)
    return erasures.state_of(leaf_of(entry), details_of(entry), covering)


class TestAnErasure:
    def test_it_takes_the_named_parts_and_no_other(self, at):
        entry = write(at, subject="user:8", parameters={"reason": "a leak"})
        other = write(at)
        erase({entry: "sp"}, at)
        kept = details_of(entry)
        assert (kept.subject, kept.subject_nonce) == (None, None)
        assert (kept.parameters, kept.parameters_nonce) == (None, None)
        assert (kept.actor, kept.role) == ("user:7", "lead")
        assert (state_of(entry), state_of(other)) == (State.ERASED, State.PRESENT)

    def test_it_is_an_entry_that_binds_its_list_and_says_by_what_right(self, at):
        first, second = write(at), write(at, subject="user:8")
        erased = erase({second: "s", first: "ap"}, at, basis=Basis.OBJECTION)
        (erasure,) = erased.erasures
        leaf = leaf_of(erasure)
        lines = "".join(f"{e} {p}\n" for e, p in sorted([(str(first), "ap"), (str(second), "s")]))
        assert (leaf.act, leaf.n, leaf.rule) == ("details.erased", 2, "objection")
        assert leaf.obj == "erasure:" + hashlib.sha256(lines.encode()).hexdigest()
        assert covers.covered_by(erasure) == {first: "ap", second: "s"}
        assert erased.entries == 2

    def test_it_names_nobody_whose_details_it_took(self, at):
        entry = write(at, subject="user:8")
        (erasure,) = erase({entry: "asp"}, at).erasures
        row = Detail.objects.get(pk=erasure)
        assert (row.actor, row.subject, row.parameters) == ("command:tests", None, {})

    def test_several_may_cover_an_entry(self, at):
        entry = write(at, subject="user:8")
        erase({entry: "s"}, at)
        erase({entry: "asp"}, at)
        assert sorted(parts for _, parts in covers.covering([entry])[entry]) == ["ap", "s"]
        assert state_of(entry) is State.ERASED

    def test_what_is_gone_is_in_no_list_again(self, at):
        entry = write(at)
        erase({entry: "asp"}, at)
        before = Entry.objects.count()
        assert erase({entry: "asp", uuid.uuid4(): "a"}, at) == audit.Erased(0, ())
        assert Entry.objects.count() == before

    def test_many_entries_are_several_erasures(self, at, monkeypatch):
        monkeypatch.setattr(erasing, "MOST", 2)
        entries = [write(at) for _ in range(5)]
        erased = erase(dict.fromkeys(entries, "a"), at)
        assert erased.entries == 5
        assert sorted(leaf_of(each).n for each in erased.erasures) == [1, 2, 2]
        assert {state_of(each) for each in entries} == {State.ERASED}

    def test_odd_parts_erase_nothing(self, at):
        entry = write(at)
        with pytest.raises(ErasureInvalid):
            erase({entry: "x"}, at)
        assert state_of(entry) is State.PRESENT

    def test_its_entry_and_what_it_took_come_together(self, at, monkeypatch):
        entry = write(at)
        before = Entry.objects.count()

        def fail(*_, **__):
            raise RuntimeError

        monkeypatch.setattr(Erasure.objects, "bulk_create", fail)
        with pytest.raises(RuntimeError):
            erase({entry: "asp"}, at)
        assert (state_of(entry), Entry.objects.count()) == (State.PRESENT, before)


class TestWhatAVerifierFinds:
    def test_an_entry_slipped_into_a_list_is_found(self, at):
        entry, hidden = write(at), write(at)
        (erasure,) = erase({entry: "asp"}, at).erasures
        with connection.cursor() as cursor:
            key = [
                each if connection.vendor == "postgresql" else each.hex
                for each in (erasure, hidden)
            ]
            cursor.execute("INSERT INTO audit_erasure VALUES (%s, %s, 'asp')", key)
            cursor.execute(
                "UPDATE audit_detail SET actor = NULL, role = NULL, actor_nonce = NULL,"
                " erased_by = %s WHERE entry_id = %s",
                key,
            )
        with pytest.raises(ErasureInvalid):
            erasures.check_list(leaf_of(erasure), covers.covered_by(erasure))

    @pytest.mark.django_db(transaction=True)
    def test_details_blanked_without_an_erasure_are_missing(self, at):
        entry = write(at)
        row = Detail.objects.filter(pk=entry)
        with flushing.triggers_lifted(connection):
            row.update(actor=None, role=None, actor_nonce=None, erased_by=uuid.uuid4())
        assert state_of(entry) is State.MISSING

    def test_a_guess_cannot_be_confirmed_any_more(self, at):
        entry = write(at, subject="user:8")
        nonce = bytes(Detail.objects.get(pk=entry).subject_nonce)
        leaf = leaf_of(entry)
        assert leaves.commit_subject(nonce, "user:8") == leaf.subject_c
        erase({entry: "s"}, at)
        assert nonce.hex() not in everything()
        for left in (details_of(entry).actor_nonce, details_of(entry).parameters_nonce):
            assert leaves.commit_subject(left, "user:8") != leaf.subject_c


def everything():
    """Return every value of every table of the log, as hex digits where they are bytes."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("audit_"):
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [
                    bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
                    for row in cursor.fetchall()
                    for value in row
                ]
    return "\n".join(found)


class TestAPerson:
    def test_they_go_where_they_acted_and_where_they_were_concerned(self, at):
        acted = write(at, actor=actors.user(8, role="lead"), subject="user:9", parameters={"a": 1})
        looked_at = write(at, subject="user:8", parameters={"purpose": "x"})
        own = write(at, actor=actors.user(8), subject="user:8")
        other = write(at, subject="user:81")
        erased = audit.erase_person(["user:8"], basis=Basis.REQUEST, actor=ERASER, at=at)
        assert erased.entries == 3
        assert details_of(acted).subject == "user:9"
        assert (details_of(looked_at).actor, details_of(looked_at).parameters) == ("user:7", None)
        assert details_of(own) == erasures.NOTHING
        assert state_of(other) is State.PRESENT
        assert "user:8\n" not in everything() + "\n"

    def test_others_parameters_that_name_them_go(self, at):
        searched = write(at, event=Event.LOG_READ, parameters={"subject": "user:8"})
        two = write(at, parameters={"people": "user:6,user:8"})
        mailed = write(at, parameters={"reason": "asked by Eve@corp.example, twice"})
        others = [
            write(at, parameters={"subject": "user:88"}),
            write(at, parameters={"reason": "steve@corp.example, a.eve@corp.example"}),
            write(at, parameters={"count": 8}),
        ]
        audit.erase_person(
            ["user:8"], words=["eve@corp.example"], basis=Basis.REQUEST, actor=ERASER, at=at
        )
        for entry in (searched, two, mailed):
            assert details_of(entry).parameters is None
            assert details_of(entry).actor == "user:7"
        assert {state_of(entry) for entry in others} == {State.PRESENT}


class TestRetention:
    OLD = timedelta(days=settings.AUDIT_DETAILS_DAYS)

    def test_it_takes_what_is_older_and_nothing_else(self, at):
        old, older = write(at - timedelta(seconds=1)), write(at - timedelta(days=9))
        young = write(at)
        erased = audit.erase_older(than=at, most=100, actor=ERASER, at=at)
        assert leaf_of(erased.erasures[0]).rule == "retention"
        assert (state_of(old), state_of(older)) == (State.ERASED, State.ERASED)
        assert state_of(young) is State.PRESENT

    def test_it_takes_the_oldest_first_and_no_more_than_it_may(self, at):
        entries = [write(at - timedelta(days=days)) for days in (9, 7, 8)]
        audit.erase_older(than=at - timedelta(days=6), most=2, actor=ERASER, at=at)
        assert [state_of(each) for each in entries] == [State.ERASED, State.PRESENT, State.ERASED]

    def test_what_is_left_of_an_entry_goes_as_well(self, at):
        entry = write(at - timedelta(days=1), subject="user:8")
        erase({entry: "s"}, at)
        audit.erase_older(than=at, most=100, actor=ERASER, at=at)
        assert details_of(entry) == erasures.NOTHING
        assert state_of(entry) is State.ERASED

    def test_the_task_goes_on_until_nothing_old_is_left(self, at, monkeypatch):
        import time_machine

        monkeypatch.setattr(tasks, "MOST", 2)
        old = [write(at - self.OLD - timedelta(days=1)) for _ in range(5)]
        young = write(at - self.OLD + timedelta(hours=1))
        with time_machine.travel(at, tick=False):
            tasks.erase_old_details.delay()
        assert {state_of(each) for each in old} == {State.ERASED}
        assert state_of(young) is State.PRESENT

    def test_it_finds_the_oldest_by_the_index_of_what_is_left(self, at):
        old = Detail.objects.filter(erasing._LEFT, entry_id__lt=uuid.uuid4()).order_by("entry_id")
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("SET LOCAL enable_sort = off")
                # In a small table it would do as well; whether ours serves at all is asked.
                cursor.execute("ALTER TABLE audit_detail DROP CONSTRAINT audit_detail_pkey")
        plan = old.values_list("entry_id")[:10].explain()
        assert "details_not_erased" in plan
        assert "TEMP B-TREE" not in plan
