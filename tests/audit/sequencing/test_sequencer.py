"""Sequencing: every entry gets one index, whatever order transactions end in."""

import threading

import pytest
from django.db import connection, transaction

from apps.audit.models import Checkpoint, Entry, Leaf, Origin, Tile
from apps.audit.sequencing import Sequencer, catch_up, growth, heads, waiting
from apps.audit.sequencing.waiting import BEYOND, Position
from apps.audit.tree import checkpoints
from apps.audit.tree.notes import VerifyingKey
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="has one writer")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="has many writers")


def sequenced():
    return list(Leaf.objects.order_by("index").values_list("index", "entry_id"))


def in_thread(work):
    """Run the work in a thread with a connection of its own, and return the thread."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class TestSequencing:
    def test_every_entry_gets_the_next_index(self, at):
        written = log.write(at, 3)
        sequencer = Sequencer()
        assert sequencer.sequence(at) == 3
        assert sequencer.sequence(at) == 0
        written += log.write(at, 2)
        assert sequencer.sequence(at) == 2
        assert sequenced() == list(enumerate(written))

    def test_catching_up_signs_what_was_written(self, at, settings):
        log.write(at, 3)
        head = catch_up(at)
        origin = Origin.objects.get()
        assert (origin.number, origin.name) == (1, settings.AUDIT_ORIGIN)
        note = heads.read(settings.AUDIT_HEAD_DIR)
        assert checkpoints.verified(note, VerifyingKey.parse(origin.vkey)) == head
        assert (head.size, head.root) == (3, log.expected_root())
        row = Checkpoint.objects.get()
        assert (row.size, bytes(row.root), row.note) == (3, head.root, note)
        assert catch_up(at) is None

    @pytest.mark.parametrize("count", [255, 256, 257])
    def test_a_tile_is_stored_once_it_is_full(self, at, count):
        log.write_many(at, count)
        head = catch_up(at)
        assert head.root == log.expected_root()
        assert Tile.objects.count() == (count >= 256)

    def test_batches_follow_each_other_without_a_gap(self, at, monkeypatch):
        monkeypatch.setattr(waiting.page, "__kwdefaults__", {"limit": 100})
        log.write_many(at, 350)
        sequencer = Sequencer()
        assert [sequencer.sequence(at) for _ in range(5)] == [100, 100, 100, 50, 0]
        assert [index for index, _ in sequenced()] == list(range(350))
        assert sequencer.publish(at).root == log.expected_root()

    def test_another_process_goes_on_where_one_ended(self, at):
        written = log.write(at, 2)
        Sequencer().sequence(at)
        written += log.write(at, 2)
        Sequencer().sequence(at)
        assert sequenced() == list(enumerate(written))

    def test_without_the_key_nothing_begins(self, at, settings):
        settings.AUDIT_KEY = ""
        log.write(at)
        assert catch_up(at) is None
        assert not Origin.objects.exists()
        assert not Leaf.objects.exists()


@on_postgresql
class TestTransactions:
    def write_and_wait(self, at, began, go):
        with transaction.atomic():
            log.write(at)
            began.set()
            assert go.wait(20)

    def test_what_commits_last_is_sequenced_although_it_began_first(self, at):
        sequencer = Sequencer()
        log.write(at)
        began, go = threading.Event(), threading.Event()
        late = in_thread(lambda: self.write_and_wait(at, began, go))
        assert began.wait(20)
        log.write(at, 2)
        # Several passes go by: what is open must be awaited through all of them.
        assert [sequencer.sequence(at) for _ in range(4)] == [3, 0, 0, 0]
        log.write(at)
        assert sequencer.sequence(at) == 1
        go.set()
        late.join()
        assert sequencer.sequence(at) == 1
        assert Leaf.objects.count() == Entry.objects.count() == 5
        places = log.places()
        assert places[-1] < places[1]  # it lies before what was sequenced before it

    def test_an_open_transaction_makes_no_pass_longer(self, at):
        began, go = threading.Event(), threading.Event()
        late = in_thread(lambda: self.write_and_wait(at, began, go))
        assert began.wait(20)
        sequencer = Sequencer()
        log.write_many(at, 300)
        sequencer.sequence(at)
        seen = []
        page = waiting.page
        waiting_page = lambda *args, **limits: seen.append(limits["after"]) or page(*args, **limits)  # noqa: E731
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(waiting, "page", waiting_page)
            sequencer.sequence(at)
        go.set()
        late.join()
        assert seen[0].place > max(place for place in log.places())

    def test_an_aborted_transaction_leaves_no_gap(self, at):
        sequencer = Sequencer()
        with pytest.raises(RuntimeError), transaction.atomic():
            log.write(at)
            raise RuntimeError
        log.write(at, 2)
        assert sequencer.sequence(at) == 2
        assert [index for index, _ in sequenced()] == [0, 1]

    def test_a_database_from_a_cluster_that_had_come_further_is_read_whole(self, at):
        log.write(at, 2)
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_entry SET written_in = written_in + 1000000000")
        sequencer = Sequencer()
        assert sequencer.sequence(at) == 2
        log.write(at, 2)
        assert sequencer.sequence(at) == 2
        log.write(at)
        assert Sequencer().sequence(at) == 1

    def test_what_lies_where_nobody_looks_is_found_by_the_patrol(self, at, monkeypatch):
        monkeypatch.setattr(waiting, "OVERLAP", 0)
        log.write(at, 3)
        catch_up(at)
        lost = log.write(at)[0]
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_entry SET written_in = 3 WHERE id = %s", [lost])
        sequencer = Sequencer()
        assert sequencer.sequence(at) == 0
        assert sequencer.publish(at) is None
        assert sequenced()[-1] == (3, lost)
        assert sequencer.publish(at).size == 4


class TestTwoSequencers:
    def test_whoever_has_no_turn_adds_nothing(self, at, monkeypatch):
        log.write(at, 3)
        Sequencer().sequence(at)
        log.write(at, 3)
        second = Sequencer()
        look = waiting.page

        def interrupted(*args, **limits):
            found = look(*args, **limits)
            monkeypatch.setattr(waiting, "page", look)
            assert Sequencer().sequence(at) == 3
            return found

        monkeypatch.setattr(waiting, "page", interrupted)
        assert second.sequence(at) == 0
        assert second.sequence(at) == 0
        log.write(at)
        assert second.sequence(at) == 1
        assert [index for index, _ in sequenced()] == list(range(7))

    @on_postgresql
    def test_a_turn_is_one_processs_alone(self, at):
        answers = []

        def second():
            with growth.turn() as is_ours:
                answers.append(is_ours)

        with growth.turn() as is_ours:
            assert is_ours
            in_thread(second).join()
        in_thread(second).join()
        assert answers == [False, True]

    def test_many_at_once_give_each_entry_one_index_and_each_size_one_head(self, at, settings):
        Sequencer().sequence(at)
        done, trouble = threading.Event(), []

        def sequence():
            mine = Sequencer()
            try:
                while not done.is_set():
                    mine.sequence(at)
                    mine.publish(at)
            except Exception as error:  # noqa: BLE001 - shown by the test
                trouble.append(error)

        threads = [in_thread(sequence) for _ in range(3)]
        writers = [in_thread(lambda: log.write(at, 40)) for _ in range(2)]
        for writer in writers:
            writer.join()
        done.set()
        for thread in threads:
            thread.join()
        assert trouble == []
        catch_up(at)
        assert [index for index, _ in sequenced()] == list(range(80))
        assert checkpoints_agree()
        assert Checkpoint.objects.order_by("-size").first().size == 80
        assert not heads.read_freeze(settings.AUDIT_HEAD_DIR)


def checkpoints_agree():
    """Tell whether each signed head is that of the tree of its size."""
    from apps.audit.storage import StoredTree

    tree = StoredTree(1, size=Leaf.objects.count())
    return all(bytes(row.root) == tree.subtree(0, row.size) for row in Checkpoint.objects.all())


@on_sqlite
class TestSqlite:
    def test_an_idle_sequencer_takes_no_lock(self, at):
        log.write(at, 2)
        sequencer = Sequencer()
        sequencer.sequence(at)
        sequencer.publish(at)
        done = []
        with transaction.atomic():  # holds the write lock

            def idle():
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA busy_timeout = 0")
                done.append((sequencer.sequence(at), sequencer.publish(at)))

            in_thread(idle).join()
        assert done == [(0, None)]

    def test_numbers_of_rows_that_went_back_are_read_whole(self, at):
        """VACUUM may number the rows anew."""
        log.write(at, 4)
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_entry SET rowid = rowid + 10")
        sequencer = Sequencer()
        assert sequencer.sequence(at) == 4
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_entry SET rowid = rowid - 10")
        log.write(at)
        assert sequencer.sequence(at) == 1


class TestLooking:
    def test_a_page_ends_where_the_next_begins(self, at):
        log.write_many(at, 10)
        first = waiting.page(1, after=Position(-1), before=BEYOND, limit=6)
        second = waiting.page(1, after=first.end, before=BEYOND, limit=6)
        assert (len(first.entries), first.is_last) == (6, False)
        assert (len(second.entries), second.is_last) == (4, True)
        found = {each.id for each in (*first.entries, *second.entries)}
        assert len(found) == 10
