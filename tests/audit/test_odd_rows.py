"""Rows that are no entries, and lines that no witness wrote: whoever can add a row adds no more."""

import uuid
from datetime import timedelta

import pytest
import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import leaves, queries, signs, witnessing
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Cosignature, Detail, Entry
from apps.audit.queries import patterns
from apps.audit.queries.patterns import Deeds
from apps.audit.sequencing import catch_up
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.common import actors
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db
KEY = SigningKey.from_seed("w.example/one", b"1" * 32, kind=COSIGNATURE)
SECOND = timedelta(seconds=1)
ODD = [
    b"garbage",
    b"[" * 1000,
    b"\xff\xfe",
    b'{"v":1}',
    (
        b'{"v":1,"act":1,"actor_c":2,"dec":3,"epoch":4,"id":5,"n":6,"obj":7,"params_c":8,"req":9,'
        b'"rule":10,"subject_c":11,"t":12}'
    ),
    b"null",
]


@pytest.fixture
def policy(settings):
    """A policy of one witness that does not listen."""
    settings.AUDIT_POLICY = f"witness w {KEY.verifying.vkey} http://127.0.0.1:1\nquorum w\n"


def plant(leaf, at, *, event=Event.BOARD_VIEWED, actor="user:7", **detail):
    """Add a row as any process can, and its details."""
    entry = Entry.objects.create(
        id=uuid.uuid4(), leaf=leaf, recorded_at=at, event=event.value, outcome="allow"
    )
    Detail.objects.create(entry=entry, actor=actor, role="", **detail)
    return entry.id


def cosign(size, at, *, line=None, witness=KEY.name, moment=None):
    """Add a row of a cosignature; without a line a good one, if there is such a head."""
    if line is None:
        note = Checkpoint.objects.get(size=size).note
        text = notes.parse(note).text
        line = checkpoints.cosignature_line(text, key=KEY, at=int(at.timestamp()))
    return Cosignature.objects.create(
        origin_id=1, size=size, witness=witness, line=line, cosigned_at=moment or at
    )


def stand(at):
    [view] = witnessing.standing(at).witnesses
    return view


def tell(event, rule, at):
    """Write what asking the witness would."""
    with transaction.atomic():
        audit.record(
            event=event,
            actor=actors.task("x"),
            at=at,
            item=audit.Item("witness", KEY.verifying.id.hex()),
            rule=rule,
        )


class TestRowsThatAreNoEntries:
    @pytest.mark.parametrize("leaf", ODD)
    def test_reading_one_says_so_and_raises_nothing_else(self, leaf):
        with pytest.raises(ValueError, match=r"."):
            leaves.read(leaf)

    @pytest.mark.parametrize("leaf", ODD)
    def test_auditors_see_them_as_they_are(self, at, leaf):
        plant(leaf, at, subject="user:8", parameters=["a", "list"])
        [entry] = queries.entries()
        assert (entry.rule, entry.item_type, entry.count) == ("unreadable", "", 0)
        assert (entry.event, entry.actor, entry.parameters) == ("board.viewed", "user:7", None)

    def test_nobody_is_told_of_a_look_by_one(self, at):
        [good] = log.write(at)
        plant(b"garbage", at, subject="user:8")
        looks = queries.looks_at(subject="user:8", events=[Event.BOARD_VIEWED])
        assert [look.id for look in looks] == [good]

    def test_rules_go_on(self, at):
        log.write(at, 3)
        plant(b"garbage", at)
        deeds = Deeds([Event.BOARD_VIEWED], at, at + SECOND)
        assert len(list(patterns.deeds_of(["user:7"], deeds=deeds, has_items=True))) == 3
        assert len(list(patterns.deeds_of(["user:7"], deeds=deeds))) == 4

    def test_the_state_of_the_log_and_its_witnesses_can_be_asked(self, at, policy):
        log.write(at)
        catch_up(at)
        tell(Event.WITNESS_FAILED, "timeout", at)
        plant(b"garbage", at, event=Event.WITNESS_FAILED)
        with structlog.testing.capture_logs() as lines:
            assert stand(at).code == "timeout"
        assert lines == [
            {
                "event": "audit.entry_unreadable",
                "log_level": "warning",
                "trouble": lines[0]["trouble"],
            }
        ]
        assert queries.log_state(at).witnesses[0].code == "timeout"
        assert signs.log_signs(at).log_frozen == 0
        witnessing.ask(actor=actors.task("x"), at=at)


class TestLinesThatNoWitnessWrote:
    @pytest.fixture
    def head(self, at, policy):
        log.write(at, 2)
        return catch_up(at)

    def test_one_of_a_size_without_a_head_says_nothing(self, head, at):
        cosign(2**62, at, line="x", moment=at + timedelta(days=3650))
        stands = witnessing.standing(at)
        assert stands.unwitnessed_since == at
        assert (stand(at).size, stand(at).cosigned_at) == (0, None)
        assert queries.log_state(at).cosigned_at is None

    @pytest.mark.parametrize("line", ["x", "", "garbage\n", "two\nlines\n"])
    def test_one_that_does_not_verify_says_nothing(self, head, at, line):
        cosign(head.size, at, line=line)
        assert stand(at).size == 0
        assert notes.parse(queries.newest_checkpoint().note).lines[1:] == ()
        assert queries.proof_file(0) is not None
        witnessing.ask(actor=actors.task("x"), at=at)
        assert stand(at).code == "unreachable"

    def test_one_of_another_head_or_another_key_says_nothing(self, head, at):
        other = SigningKey.from_seed(KEY.name, b"2" * 32, kind=COSIGNATURE)
        line = checkpoints.cosignature_line(head.text, key=other, at=1)
        cosign(head.size, at, line=line)
        assert stand(at).size == 0
        log.write(at + SECOND)
        further = catch_up(at + SECOND)
        line = checkpoints.cosignature_line(head.text, key=KEY, at=1)
        cosign(further.size, at, line=line)
        assert stand(at).size == 0
        assert len(notes.parse(queries.newest_checkpoint().note).lines) == 1

    def test_a_good_one_below_bad_ones_counts_with_the_moment_that_was_signed(self, head, at):
        cosign(head.size, at, moment=at + timedelta(days=3650))
        log.write(at + SECOND)
        further = catch_up(at + SECOND)
        cosign(further.size, at, line="x")
        assert (stand(at).size, stand(at).cosigned_at) == (head.size, at)
        assert queries.proof_file(0).checkpoint.startswith(head.text)

    def test_another_history_stays_until_the_witness_signs(self, head, at):
        tell(Event.WITNESS_FAILED, "other_history", at)
        tell(Event.WITNESS_FAILED, "timeout", at + SECOND)
        later = at + 2 * SECOND
        assert (stand(later).code, stand(later).changed_at) == ("other_history", at)
        tell(Event.WITNESS_COSIGNED, "", at + timedelta(days=3650))
        assert stand(later).code == "other_history"
        tell(Event.WITNESS_COSIGNED, "", later)
        assert stand(later).code == ""
