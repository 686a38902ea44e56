"""What auditors find in the log: names, outcomes, places, and how the log itself is."""

from datetime import timedelta

import pytest

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.erasures import Basis
from apps.audit.events import Event
from apps.audit.models import Freeze
from apps.audit.sequencing import catch_up
from apps.common.errors import Invalid, NotFound
from apps.disclosure import gate
from tests.company import OPERATOR
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def overview(auditor, at):
    """Return a search of the log as an auditor makes it."""

    def search(at=at, **criteria):
        return gate.log_overview(viewer_of(auditor), gate.LogSearch(**criteria), at=at)

    return search


class TestTheSearch:
    def test_it_takes_addresses_and_keeps_references(self, company, at, overview):
        gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at)
        found = overview(actor="Bob@Corp.example", event="board.viewed")
        assert [entry.actor for entry in found.entries] == [f"user:{company.bob.pk}"]
        assert found.names == {f"user:{company.bob.pk}": "Bob"}
        [reading] = queries.entries(event=Event.LOG_READ)
        assert reading.parameters == {
            "actor": f"user:{company.bob.pk}",
            "event": "board.viewed",
        }

    def test_by_whom_it_was_about(self, company, at, overview):
        gate.own_profile(viewer_of(company.alice), at=at)
        found = overview(subject="alice@corp.example", event="record.viewed").entries
        assert [entry.subject for entry in found] == [f"user:{company.alice.pk}"]

    def test_an_address_of_nobody_is_told(self, company, overview):
        with pytest.raises(Invalid, match="Nobody here"):
            overview(subject="nobody@corp.example")

    def test_who_is_refused_learns_of_no_address_and_leaves_none(self, company, at):
        for address in ("bob@corp.example", "nobody@corp.example"):
            with pytest.raises(NotFound):
                search = gate.LogSearch(actor=address)
                gate.log_overview(viewer_of(company.alice), search, at=at)
        refusals = queries.entries(event=Event.GATE_REFUSED)
        assert [refusal.parameters["actor"] for refusal in refusals] == ["address"] * 2

    def test_by_outcome_and_by_place(self, company, at, overview):
        with pytest.raises(NotFound):
            gate.audit_entries(viewer_of(company.alice), at=at)
        [denied] = overview(outcome="deny").entries
        assert (denied.event, denied.index) == ("gate.refused", None)
        catch_up(at)
        [denied] = overview(outcome="deny").entries
        [found] = overview(index=str(denied.index)).entries
        assert found.id == denied.id
        assert overview(index="9" * 18).entries == []

    def test_erased_details_are_told_from_those_that_never_were(self, company, at, overview):
        gate.board_copy(viewer_of(company.bob), "tokens-30d", at=at)
        [entry] = overview(event="board.viewed").entries
        assert (entry.erased, entry.subject) == ((), None)
        audit.erase_details({entry.id: "a"}, basis=Basis.REQUEST, actor=OPERATOR, at=at)
        [entry] = overview(event="board.viewed").entries
        assert (entry.erased, entry.actor) == (("actor",), None)


class TestTheState:
    def test_before_the_first_head_everything_waits(self, company, at, overview):
        state = overview().state
        assert (state.origin, state.size, state.root, state.entries) == (None, None, None, 0)
        assert state.oldest_waiting_at == at
        assert state.waiting > 0

    def test_a_log_that_keeps_up_has_nothing_waiting(self, company, at, settings, overview):
        head = catch_up(at)
        state = overview().state
        assert (state.origin, state.size, state.root) == (
            settings.AUDIT_ORIGIN,
            head.size,
            head.root,
        )
        assert (state.entries, state.published_at) == (head.size, at)
        assert (state.waiting, state.oldest_waiting_at, state.freeze) == (0, None, None)
        assert (state.witnesses, state.cosigned_at) == ((), None)

    def test_what_came_since_is_counted(self, company, at, overview):
        catch_up(at)
        later = at + timedelta(seconds=20)
        for _ in range(3):
            gate.own_profile(viewer_of(company.alice), at=later)
        state = overview(at=later + timedelta(seconds=5)).state
        assert (state.waiting, state.oldest_waiting_at) == (3, later)

    def test_a_freeze_says_what_to_do(self, company, at, overview):
        head = catch_up(at)
        Freeze.objects.create(
            origin_id=1, reason="behind_head", kept_size=head.size + 5, kept_root=head.root,
            found_size=head.size, found_root=head.root, frozen_at=at,
        )  # fmt: skip
        state = overview().state
        assert state.freeze.reason == "behind_head"
        assert "Restore the newest database" in state.freeze_message
