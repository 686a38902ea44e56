"""What others see of people is shown only as long as the log keeps up."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import queries
from apps.audit.events import Event
from apps.audit.models import Freeze
from apps.audit.queries import lateness
from apps.audit.receipts import HEADER
from apps.audit.sequencing import catch_up
from apps.common.errors import NotFound
from apps.disclosure import gate
from apps.disclosure.gate import refusals
from apps.disclosure.gate.looks import LogBehind
from tests.disclosure.conftest import viewer_of
from tests.disclosure.test_receipts import OWN_PAGES, OWN_REST, client_of

BOARDS = ("/boards/", "/boards/tokens-30d/", "/api/v1/boards", "/api/v1/boards/tokens-30d")
LATE = timedelta(seconds=61)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def of_the_log(settings, tmp_path):
    """The log promises a minute; its head is kept in a folder of the test."""
    settings.AUDIT_HEAD_DIR = tmp_path
    settings.AUDIT_MERGE_SECONDS = 60


class TestALateLog:
    def test_it_shuts_boards_and_says_why(self, company, at):
        catch_up(at)
        client = client_of(company.bob)
        with time_machine.travel(at + timedelta(seconds=1), tick=False):
            assert client.get("/boards/").status_code == 200
        with time_machine.travel(at + timedelta(seconds=1) + LATE, tick=False):
            for path in BOARDS:
                for answer in (client.get(path), client.head(path)):
                    assert answer.status_code == 503
                    assert HEADER not in answer
                    assert b"Tokens, 30 days" not in answer.content
            assert "access log is behind" in client.get("/boards/").content.decode()
            problem = client.get("/api/v1/boards").json()
            assert (problem["code"], problem["status"]) == ("log_behind", 503)

    def test_ones_own_record_stays(self, company, at):
        client = client_of(company.bob)
        with time_machine.travel(at + LATE, tick=False):
            for path in (*OWN_PAGES, *OWN_REST):
                assert client.get(path).status_code == 200, path

    def test_the_log_itself_stays(self, auditor, at):
        with time_machine.travel(at + LATE, tick=False):
            assert client_of(auditor).get("/audit/").status_code == 200

    def test_the_refusal_is_written_down(self, company, at):
        with pytest.raises(LogBehind):
            gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at + LATE)
        refusal = queries.entries(event=Event.GATE_REFUSED)[0]
        assert (refusal.outcome, refusal.rule) == ("cut", "log_behind")
        assert refusal.actor == f"user:{company.bob.pk}"
        assert refusal.parameters == {"asked": "board.viewed", "board": "tokens-30d"}

    def test_whoever_asks_again_and_again_meanwhile_is_not_suspected(self, company, at):
        for _ in range(refusals.MOST_IN_A_MINUTE + 2):
            with pytest.raises(LogBehind):
                gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at + LATE)
        actor = viewer_of(company.bob).actor
        assert refusals.count(actor, at=at + LATE) == 0
        with pytest.raises(NotFound):
            gate.log_overview(viewer_of(company.bob), gate.LogSearch(), at=at + LATE)
        assert refusals.count(actor, at=at + LATE) == 1

    def test_a_log_that_caught_up_opens_them_again(self, company, at):
        late = at + LATE
        with pytest.raises(LogBehind):
            gate.boards(viewer_of(company.bob), at=late)
        catch_up(late)
        assert gate.boards(viewer_of(company.bob), at=late)
        assert gate.board_copy(viewer_of(company.bob), "tokens-30d", at=late).rows

    def test_a_quiet_log_is_not_late(self, company, at):
        catch_up(at)
        assert gate.boards(viewer_of(company.bob), at=at + timedelta(days=30))

    def test_a_head_of_the_future_keeps_nothing_open(self, company, at):
        catch_up(at)
        gate.boards(viewer_of(company.bob), at=at + timedelta(seconds=1))
        catch_up(at + timedelta(days=3650))
        with pytest.raises(LogBehind):
            gate.boards(viewer_of(company.bob), at=at + timedelta(seconds=1) + LATE)

    def test_an_entry_waits_as_long_as_was_promised(self, company, at):
        catch_up(at)
        gate.boards(viewer_of(company.bob), at=at + timedelta(seconds=1))
        due = at + timedelta(seconds=61)
        assert gate.boards(viewer_of(company.bob), at=due - timedelta(microseconds=1))
        with pytest.raises(LogBehind):
            gate.boards(viewer_of(company.bob), at=due)

    def test_a_frozen_log_shuts_them_in_the_end(self, company, at):
        head = catch_up(at)
        Freeze.objects.create(
            origin_id=1,
            reason="behind_head",
            kept_size=head.size + 1,
            kept_root=b"k" * 32,
            found_size=head.size,
            found_root=head.root,
            frozen_at=at,
        )
        gate.boards(viewer_of(company.bob), at=at + timedelta(seconds=1))
        catch_up(at + timedelta(seconds=2))
        with pytest.raises(LogBehind):
            gate.boards(viewer_of(company.bob), at=at + timedelta(seconds=2) + LATE)

    def test_it_is_one_question(self, company, at):
        catch_up(at)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            lateness.kept(at)
        assert len(asked) == 1
