"""What a witness remembers: never less than before, whoever comes in between."""

import threading
import time

import pytest

from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.audit.witness.protocol import Refusal
from apps.audit.witness.store import Seen, Store
from apps.audit.witness.watching import Witness
from tests.audit.witness.growing import KEY, ORIGIN, GrowingLog

WITNESS = SigningKey.from_seed("witness.audit.example", b"W" * 32, kind=COSIGNATURE)
log = GrowingLog()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "witness.sqlite3")
    yield store
    store.close()


def seen(size):
    return Seen(size, log.root(size), log.note(size))


class Interrupted(Store):
    """Another submission is stored between the reading and the storing of this one."""

    def __init__(self, path, *, sizes):
        super().__init__(path)
        self.sizes = list(sizes)

    def newest(self, origin):
        last = super().newest(origin)
        if self.sizes:
            self.follow(origin, seen(self.sizes.pop(0)), after=last)
        return last


class Slow(Store):
    """Leaves the others time between the reading and the storing."""

    def newest(self, origin):
        last = super().newest(origin)
        time.sleep(0.02)
        return last


class TestStoring:
    def test_a_head_takes_the_place_of_the_one_it_was_checked_against(self, store):
        assert store.newest(ORIGIN) is None
        assert store.follow(ORIGIN, seen(5), after=None)
        assert store.follow(ORIGIN, seen(8), after=seen(5))
        assert store.newest(ORIGIN) == seen(8)

    def test_and_of_no_other(self, store):
        store.follow(ORIGIN, seen(8), after=None)
        assert not store.follow(ORIGIN, seen(9), after=None)
        assert not store.follow(ORIGIN, seen(9), after=seen(5))
        assert not store.follow(ORIGIN, seen(9), after=Seen(8, b"r" * 32, ""))
        assert store.newest(ORIGIN) == seen(8)

    def test_logs_do_not_meet(self, store):
        store.follow(ORIGIN, seen(8), after=None)
        assert store.newest("other.example") is None
        assert store.follow("other.example", seen(5), after=None)
        assert store.newest(ORIGIN) == seen(8)

    def test_two_programs_on_one_file_are_one_witness(self, store, tmp_path):
        other = Store(tmp_path / "witness.sqlite3")
        assert store.follow(ORIGIN, seen(5), after=None)
        assert not other.follow(ORIGIN, seen(6), after=None)
        assert other.follow(ORIGIN, seen(8), after=seen(5))
        assert not store.follow(ORIGIN, seen(6), after=seen(5))
        other.close()

    def test_a_commit_is_on_the_disk_when_it_returns(self, store):
        pragmas = [
            store._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]
        assert pragmas == ["wal", 2]


class TestWhoComesInBetween:
    @pytest.mark.parametrize(("first", "between"), [(None, 9), (5, 9), (5, 6)])
    def test_a_submission_that_was_overtaken_is_refused(self, tmp_path, first, between):
        store = Interrupted(tmp_path / "witness.sqlite3", sizes=[])
        if first:
            store.follow(ORIGIN, seen(first), after=None)
        store.sizes = [between]
        witness = Witness(WITNESS, store, {ORIGIN: [KEY.verifying]})
        with pytest.raises(Refusal) as caught:
            witness.add_checkpoint(log.body(first or 0, 8), at=1)
        assert (caught.value.status, caught.value.text) == (409, f"{between}\n")
        assert store.newest(ORIGIN) == seen(between)
        store.close()

    def test_one_that_met_the_empty_tree_is_checked_again(self, tmp_path):
        store = Interrupted(tmp_path / "witness.sqlite3", sizes=[0])
        witness = Witness(WITNESS, store, {ORIGIN: [KEY.verifying]})
        assert witness.add_checkpoint(log.body(0, 8), at=1)
        assert store.newest(ORIGIN).size == 8
        store.close()

    def test_of_fifty_that_prove_from_one_size_one_is_signed(self, tmp_path):
        store = Slow(tmp_path / "witness.sqlite3")
        witness = Witness(WITNESS, store, {ORIGIN: [KEY.verifying]})
        witness.add_checkpoint(log.body(0, 5), at=1)
        bodies = [log.body(5, size) for size in range(6, 56)]
        start, signed = threading.Barrier(len(bodies)), []

        def submit(size, body):
            start.wait()
            try:
                witness.add_checkpoint(body, at=1)
                signed.append(size)
            except Refusal as refusal:
                assert refusal.status == 409

        threads = [
            threading.Thread(target=submit, args=(size, body))
            for size, body in enumerate(bodies, start=6)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert signed == [store.newest(ORIGIN).size]
        store.close()
