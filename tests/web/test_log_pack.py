"""The download of the log: for auditors alone, written down first, and checked like any pack."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries, sequencing
from apps.audit.events import Event
from apps.common import actors
from apps.disclosure.gate import pack
from tests.audit.pack.conftest import verified

pytestmark = pytest.mark.django_db
PACK = "/audit/pack"


@pytest.fixture
def log(at):
    with transaction.atomic():
        for number in range(5):
            audit.record(
                event=Event.BOARD_VIEWED, actor=actors.user(number), at=at, subject="user:9"
            )
    return sequencing.catch_up(at)


def downloaded(response):
    return ZipFile(BytesIO(b"".join(response.streaming_content)))


class TestDownload:
    def test_an_auditor_gets_a_pack_that_is_right(self, log, auditor, signed_in, tmp_path):
        response = signed_in(auditor).get(PACK)
        path = tmp_path / "pack.zip"
        path.write_bytes(b"".join(response.streaming_content))
        assert response.headers["Cache-Control"] == "no-store, private"
        status, found = verified(path)
        assert status == 0, found
        assert found["facts"]["details"]["present"] == log.size
        assert found["facts"]["proofs"] == 0

    def test_it_holds_proofs_of_what_was_searched_for(self, log, auditor, signed_in):
        response = signed_in(auditor).get(PACK, {"event": "board.viewed", "actor": "user:3"})
        names = downloaded(response).namelist()
        [proof] = [name for name in names if name.startswith("proofs/")]
        [entry] = queries.entries(event=Event.BOARD_VIEWED, actor="user:3")
        assert proof == f"proofs/{queries.index_of(entry.id)}.tlog-proof"

    def test_it_is_written_down_with_what_was_asked(self, log, auditor, signed_in):
        downloaded(signed_in(auditor).get(PACK, {"actor": "user:3"}))
        [entry] = queries.entries(event=Event.LOG_EXPORTED)
        assert (entry.actor, entry.outcome) == (f"user:{auditor.pk}", "allow")
        assert entry.parameters == {"details": "yes", "actor": "user:3"}
        assert entry.count == log.size

    def test_it_is_written_down_before_anything_is_packed(
        self, log, auditor, signed_in, monkeypatch
    ):
        def packed(*args, **kwargs):
            raise OSError

        monkeypatch.setattr(pack.exporting, "export_zip", packed)
        with pytest.raises(OSError):
            signed_in(auditor).get(PACK)
        assert len(queries.entries(event=Event.LOG_EXPORTED)) == 1

    def test_nobody_else_learns_that_there_is_one(self, log, alice, signed_in):
        assert signed_in(alice).get(PACK).status_code == 404
        assert not queries.entries(event=Event.LOG_EXPORTED)
        [entry] = queries.entries(event=Event.GATE_REFUSED)
        assert entry.parameters["asked"] == "log.exported"

    def test_a_log_that_is_too_large_points_to_the_command(
        self, log, auditor, signed_in, monkeypatch
    ):
        monkeypatch.setattr(pack, "MOST_PACKED", 3)
        response = signed_in(auditor).get(PACK)
        assert response.status_code == 409
        assert b"export_audit" in response.content
        [entry] = queries.entries(event=Event.LOG_EXPORTED)
        assert (entry.outcome, entry.rule) == ("deny", "log_too_large")

    def test_odd_criteria_are_refused(self, log, auditor, signed_in):
        assert signed_in(auditor).get(PACK, {"event": "no.such"}).status_code == 400

    def test_it_takes_no_other_method(self, auditor, signed_in):
        assert signed_in(auditor).post(PACK).status_code == 405
        assert signed_in(auditor).head(PACK).status_code == 405
