"""Each look has its index, and its proof opens to those whom it concerns."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.erasures import Basis
from apps.audit.events import Event
from apps.audit.models import Cosignature
from apps.audit.sequencing import catch_up
from apps.audit.tree import checkpoints, notes, policies, proof_files
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.common.errors import NotFound
from apps.disclosure import gate
from apps.rights import actions as rights
from tests.company import OPERATOR
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db
WITNESSES = [
    SigningKey.from_seed(f"w{number}.example", bytes([number]) * 32, kind=COSIGNATURE)
    for number in (1, 2)
]


def look(user, at, times=1):
    for _ in range(times):
        gate.board_copy(viewer_of(user), "tokens-30d", at=at)


def looks_at(user, at, **period):
    period = {"since": at.date() - timedelta(days=30), **period}
    return gate.own_disclosures(viewer_of(user), **period, at=at)


def indexes_of(user):
    """The indexes of the board views of one person that have one, in order."""
    views = queries.entries(event=Event.BOARD_VIEWED, actor=viewer_of(user).subject)
    return tuple(sorted(view.index for view in views if view.index is not None))


def tell_of(person, event, *, by, at):
    with transaction.atomic():
        return audit.record(
            event=event, actor=viewer_of(by).actor, at=at, subject=viewer_of(person).subject
        )


def proof_of(user, index, at):
    return proof_files.parse(gate.proof(viewer_of(user), str(index), at=at).text)


class TestIndexes:
    def test_each_view_of_a_board_has_its_own_once_it_is_sequenced(self, company, at):
        look(company.bob, at, times=2)
        look(company.alice, at)
        [seen] = looks_at(company.alice, at).boards
        assert seen.indexes == (None, None)
        catch_up(at)
        look(company.bob, at)
        [seen] = looks_at(company.alice, at).boards
        assert seen.views == 3
        assert seen.indexes == (*indexes_of(company.bob), None)
        assert len(seen.indexes) == 3

    def test_they_belong_to_the_day_on_which_one_was_seen(self, company, at):
        look(company.bob, at)
        later = at + timedelta(days=1)
        look(company.bob, later, times=2)
        catch_up(later)
        second, first = looks_at(company.alice, later).boards
        assert first.indexes + second.indexes == indexes_of(company.bob)
        assert (len(first.indexes), len(second.indexes)) == (1, 2)
        [only] = looks_at(company.alice, later, until=at.date()).boards
        assert only == first
        [only] = looks_at(company.alice, later, since=later.date()).boards
        assert only == second

    def test_of_many_the_newest_are_told(self, company, at):
        look(company.bob, at)
        later = at + timedelta(days=1)
        rights.choose_visibility(user=company.alice, visibility="named", at=later)
        look(company.bob, later, times=3)
        catch_up(later)
        second, first = looks_at(company.alice, later, most=2).boards
        assert (first.shown_as, first.views, first.indexes) == ("pseudonymous", 1, ())
        assert (second.views, second.indexes) == (3, indexes_of(company.bob)[-2:])

    def test_one_statement_asks_for_all_of_them(self, company, at):
        for hours in (0, 30, 60):
            look(company.bob, at + timedelta(hours=hours), times=3)
        later = at + timedelta(hours=61)
        catch_up(later)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(looks_at(company.alice, later).boards) == 3
        found = [query for query in asked if "FROM audit_leaf" in query["sql"]]
        assert len(found) == 1

    def test_what_concerned_one_alone_has_one_too(self, company, at, auditor):
        tell_of(company.alice, Event.PSEUDONYM_REVEALED, by=auditor, at=at)
        [single] = looks_at(company.alice, at).single
        assert single.index is None
        catch_up(at)
        [single] = looks_at(company.alice, at).single
        [entry] = queries.entries(event=Event.PSEUDONYM_REVEALED)
        assert single.index == entry.index
        assert looks_at(company.alice, at, until=at.date() - timedelta(days=1)).single == ()


class TestTheBytesInAProof:
    def test_whom_a_reveal_was_about_gets_them(self, company, at, auditor):
        tell_of(company.alice, Event.PSEUDONYM_REVEALED, by=auditor, at=at)
        catch_up(at)
        [entry] = queries.entries(event=Event.PSEUDONYM_REVEALED)
        assert proof_of(company.alice, entry.index, at).extra == queries.entry_bytes(entry.index)
        assert proof_of(company.bob, entry.index, at).extra is None

    def test_of_what_one_is_not_told_there_is_nothing(self, company, at, auditor):
        tell_of(company.alice, Event.ALERT_RAISED, by=auditor, at=at)
        catch_up(at)
        [entry] = queries.entries(event=Event.ALERT_RAISED)
        assert proof_of(company.alice, entry.index, at).extra is None

    def test_after_an_erasure_nobody_is_known_to_be_concerned(self, company, at, auditor):
        entry = tell_of(company.alice, Event.PSEUDONYM_REVEALED, by=auditor, at=at)
        audit.erase_details({entry: "asp"}, basis=Basis.REQUEST, actor=OPERATOR, at=at)
        catch_up(at)
        [found] = queries.entries(event=Event.PSEUDONYM_REVEALED)
        assert proof_of(company.alice, found.index, at).extra is None
        assert found.erased == ("actor", "subject", "parameters")

    def test_whoever_may_not_read_an_entry_may_not_by_its_id(self, company, at):
        look(company.bob, at)
        catch_up(at)
        [entry] = queries.entries(event=Event.BOARD_VIEWED)
        proof = gate.proof(viewer_of(company.carol), str(entry.id), at=at)
        assert proof.index == entry.index
        assert proof_files.parse(proof.text).extra is None
        with pytest.raises(NotFound):
            gate.proof(viewer_of(company.carol), entry.id.hex, at=at)

    def test_whose_row_a_board_held_gets_them(self, company, at):
        look(company.bob, at)
        catch_up(at)
        [entry] = queries.entries(event=Event.BOARD_VIEWED)
        assert proof_of(company.alice, entry.index, at).extra == queries.entry_bytes(entry.index)
        assert proof_of(company.carol, entry.index, at).extra is None

    def test_of_looks_while_one_was_private_there_is_nothing(self, company, at):
        chosen = at + timedelta(seconds=1)
        rights.choose_visibility(user=company.alice, visibility="private", at=chosen)
        later = at + timedelta(minutes=1)
        look(company.bob, later)
        catch_up(later)
        [entry] = queries.entries(event=Event.BOARD_VIEWED)
        assert proof_of(company.alice, entry.index, later).extra is None


class TestTheHeadOfAProof:
    @pytest.fixture
    def heads(self, company, at, settings):
        """Three heads under a policy of two witnesses, in the order of their sizes."""
        settings.AUDIT_POLICY = "".join(
            [
                *(f"witness {key.name} {key.verifying.vkey}\n" for key in WITNESSES),
                "group both all w1.example w2.example\nquorum both\n",
            ]
        )
        found = []
        for _ in range(3):
            look(company.bob, at)
            found.append(catch_up(at))
        return found

    def cosign(self, head, at, *, keys=WITNESSES):
        origin = queries.current_origin().number
        for key in keys:
            line = checkpoints.cosignature_line(head.text, key=key, at=int(at.timestamp()))
            Cosignature.objects.create(
                origin_id=origin, size=head.size, witness=key.name, line=line, cosigned_at=at
            )

    def size_of(self, index):
        note = queries.proof_file(index).checkpoint
        return checkpoints.parse(notes.parse(note).text).size

    def test_it_is_the_newest_that_enough_witnesses_signed(self, heads, at, settings):
        _, second, third = heads
        assert self.size_of(0) == third.size
        self.cosign(second, at)
        self.cosign(third, at, keys=WITNESSES[:1])
        assert self.size_of(0) == second.size
        policy = policies.parse(settings.AUDIT_POLICY)
        signed = policy.cosigned_at(queries.proof_file(0).checkpoint)
        assert policy.is_met(signed)

    def test_it_covers_the_entry(self, heads, at):
        first, _, third = heads
        self.cosign(first, at)
        assert self.size_of(first.size - 1) == first.size
        assert self.size_of(first.size) == third.size

    def test_the_checkpoint_that_is_served_is_the_newest_with_its_lines(self, heads, at):
        third = heads[-1]
        self.cosign(third, at, keys=WITNESSES[:1])
        note = notes.parse(gate.checkpoint())
        assert checkpoints.parse(note.text) == third
        assert [line.name for line in note.lines][1:] == ["w1.example"]
