"""An old backup, a deleted row: the log notices, signs nothing more, and two people go on."""

import time
from base64 import b64encode

import httpx2
import pytest

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.notes import VerifyingKey
from tests.faults.services import await_true
from tests.trips.log_trip import LogTrip

pytestmark = pytest.mark.processes
MERGE_SECONDS = 5


@pytest.fixture
def trip(installation):
    installation.variables["CLAUDEONOMICS_AUDIT_MERGE_SECONDS"] = str(MERGE_SECONDS)
    return LogTrip(installation)


def head_of(note):
    return checkpoints.parse(notes.parse(note).text)


def number_of(trip, what):
    return int(trip.rows(f"SELECT count(*) FROM {what}")[0][0])


class TestAnOldBackup:
    @pytest.fixture
    def last(self, trip):
        """The last head that was signed before a backup of an earlier moment was restored."""
        trip.write(300)
        trip.signed()
        trip.back_up()
        trip.write(40)
        last = trip.signed()
        trip.restore()
        return last

    def test_freezes_the_log_until_two_people_go_on(self, trip, last):
        before = number_of(trip, "audit_checkpoint")
        with trip.installation.served() as address, trip.sequencing():
            await_true(trip.freeze, "the freeze", seconds=30)
            assert trip.freeze()["reason"] == "behind_head"
            assert trip.freeze()["kept"]["size"] == head_of(last).size
            self.boards_shut(trip, address)
            assert trip.head() == last
            assert number_of(trip, "audit_checkpoint") == before, "something was signed"
            trip.go_on()
            await_true(lambda: trip.head() not in {"", last}, "the new origin", seconds=30)
            await_true(lambda: self.status(trip, address) == 200, "open boards", seconds=30)
            assert httpx2.get(f"{address}/health/ready").json()["checks"]["log"] == "ok"
            await_true(lambda: self.is_whole(trip), "the new tree", seconds=30)
        self.evidence_is_kept(trip, last)
        self.new_origin_tells_why(trip, last)

    def test_freezes_too_where_other_entries_have_filled_the_gap(self, trip, last):
        trip.write(90)
        with trip.sequencing():
            await_true(trip.freeze, "the freeze", seconds=30)
        assert trip.freeze()["reason"] in {"behind_head", "other_root"}
        assert trip.head() == last
        newest = trip.rows("SELECT max(size) FROM audit_checkpoint")[0][0]
        assert newest < head_of(last).size

    def boards_shut(self, trip, address):
        begun = time.monotonic()
        await_true(lambda: self.status(trip, address) == 503, "shut boards", seconds=30)
        assert time.monotonic() - begun < MERGE_SECONDS + 5
        answer = self.boards(trip, address)
        assert answer.json()["code"] == "log_behind"
        ready = httpx2.get(f"{address}/health/ready")
        assert (ready.status_code, ready.json()["checks"]["log"]) == (503, "failed")

    def boards(self, trip, address):
        bearer = {"Authorization": f"Bearer {trip.people['token']}"}
        return httpx2.get(f"{address}/api/v1/boards", headers=bearer)

    def status(self, trip, address):
        return self.boards(trip, address).status_code

    def is_whole(self, trip):
        """Every entry has its place in the tree of the new origin, and a signed head covers it."""
        tree = number_of(trip, "audit_leaf WHERE origin_id = 2")
        return number_of(trip, "audit_entry") == tree == head_of(trip.head()).size

    def evidence_is_kept(self, trip, last):
        assert (trip.beside / "head-1").read_text() == last
        assert (trip.beside / "frozen-1.json").exists()
        assert not trip.freeze()
        assert number_of(trip, "audit_freeze WHERE origin_id = 1") == 1
        assert number_of(trip, "audit_checkpoint WHERE origin_id = 1") >= 1
        assert number_of(trip, "audit_entry WHERE event = 'log.continued'") == 1

    def new_origin_tells_why(self, trip, last):
        origins = dict(trip.rows("SELECT number, name FROM audit_origin"))
        ((vkey, statement),) = trip.rows("SELECT vkey, statement FROM audit_origin WHERE number=2")
        kept, text = head_of(last), notes.verified(statement, VerifyingKey.parse(vkey)).text
        found, reason = text.splitlines()[4:]
        assert text.splitlines()[:4] == [
            origins[2],
            "continuation/v1",
            origins[1],
            f"{kept.size} {b64encode(kept.root).decode()}",
        ]
        assert int(found.split()[0]) < kept.size
        assert reason == "behind_head"
        head = checkpoints.verified(trip.head(), VerifyingKey.parse(vkey))
        assert head.size == number_of(trip, "audit_leaf WHERE origin_id = 2")


class TestTamperingAsTheDatabasesOwner:
    KEY = '(SELECT entry_id FROM audit_leaf WHERE "index" = 3)'

    @pytest.mark.parametrize(
        ("reason", "table", "change"),
        [
            ("entry_missing", "audit_entry", "DELETE FROM audit_entry WHERE id = {key}"),
            (
                "entry_altered",
                "audit_entry",
                "UPDATE audit_entry SET leaf = {other} WHERE id = {key}",
            ),
            ("leaf_missing", "audit_leaf", 'DELETE FROM audit_leaf WHERE "index" = 3'),
        ],
    )
    def test_is_found_at_the_next_publishing(self, trip, reason, table, change):
        trip.write(300)
        last = trip.signed()
        if table == "audit_entry":
            trip.past_its_refusal(
                "audit_detail", f"DELETE FROM audit_detail WHERE entry_id = {self.KEY}"
            )
        other = "'{}'::bytea" if trip.url else "x'7b7d'"
        trip.past_its_refusal(table, change.format(key=self.KEY, other=other))
        trip.write(1)
        assert trip.installation.manage("sequence_audit", "--once", check=False).returncode == 1
        assert trip.freeze()["reason"] == reason
        assert trip.freeze()["index"] == 3
        assert trip.head() == last
