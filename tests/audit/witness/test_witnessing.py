"""Our side: the newest head goes to each witness, and what they do never holds us up."""

import time
from datetime import timedelta

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import keys, queries, tasks, witnessing
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Cosignature
from apps.audit.sequencing import catch_up, heads
from apps.audit.tree import notes
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.audit.witnessing import exchange
from apps.common import actors, clock
from tests.audit.sequencing.log import as_superuser
from tests.audit.witness.growing import GrowingLog
from tests.audit.witness.impostors import Impostor
from tests.audit.witness.machines import running

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

KEY = SigningKey.from_seed("witness.audit.example", b"W" * 32, kind=COSIGNATURE)
SECOND = SigningKey.from_seed("second.example", b"2" * 32, kind=COSIGNATURE)


@pytest.fixture
def now():
    """Witnesses sign what their own clock says, so these tests live in the present."""
    return clock.now()


@pytest.fixture
def log_key(settings):
    return keys.log_key(settings.AUDIT_ORIGIN)


@pytest.fixture
def machine(tmp_path, settings, log_key):
    with running(tmp_path / "witness", log_key.verifying.vkey) as machine:
        settings.AUDIT_POLICY = machine.policy
        yield machine


@pytest.fixture
def impostor(settings):
    with Impostor(KEY) as impostor:
        settings.AUDIT_POLICY = impostor.policy
        yield impostor


def grow(at, count=1):
    """Let the log grow and be signed; return its newest head."""
    for _ in range(count):
        with transaction.atomic():
            audit.record(event=Event.BOARD_VIEWED, actor=actors.user(7), at=at)
    return catch_up(at)


def ask(at):
    witnessing.ask(actor=actors.task("audit.ask_witnesses"), at=at)


def state(at):
    """Return how the only witness stands."""
    return witnessing.standing(at).witnesses[0]


def told():
    """Return what the log tells of witnesses, oldest first."""
    events = (Event.WITNESS_COSIGNED, Event.WITNESS_FAILED)
    entries = [entry for event in events for entry in queries.entries(event=event)]
    return [(each.event, each.rule) for each in sorted(entries, key=lambda entry: entry.id)]


class TestBeingWitnessed:
    def test_a_head_is_cosigned_and_served_with_the_line(self, machine, now):
        head = grow(now, 3)
        ask(now)
        row = Cosignature.objects.get()
        assert (row.size, row.witness) == (head.size, machine.key.name)
        note = queries.newest_checkpoint().note
        assert notes.verified(note, machine.key).text == head.text
        view = state(now)
        assert (view.size, view.cosigned_at, view.code) == (head.size, row.cosigned_at, "")
        assert witnessing.standing(now).unwitnessed_seconds == 0

    def test_the_log_does_not_grow_by_being_witnessed(self, machine, now):
        for count in (3, 1, 300):
            grow(now, count)
            ask(now)
            ask(now)
        assert told() == [(Event.WITNESS_COSIGNED, "")]
        grow(now)
        ask(now)
        assert catch_up(now) is None
        assert Cosignature.objects.count() == Checkpoint.objects.count() == 4

    def test_what_was_cosigned_is_not_asked_again(self, machine, now, monkeypatch):
        grow(now)
        ask(now)
        monkeypatch.setattr(exchange, "submit", None)
        ask(now)

    def test_without_a_policy_or_a_head_no_request_leaves(self, settings, impostor, now):
        ask(now)
        settings.AUDIT_POLICY = ""
        grow(now)
        ask(now)
        assert impostor.asked == []
        assert witnessing.standing(now).witnesses == ()
        assert told() == []

    def test_the_task_asks_by_the_clock(self, machine, now):
        grow(now)
        tasks.ask_witnesses.delay()
        assert Cosignature.objects.count() == 1

    def test_a_witness_that_forgot_is_told_all_anew(self, tmp_path, machine, now, settings):
        grow(now, 3)
        ask(now)
        machine.kill()
        for each in (tmp_path / "witness").glob("witness.sqlite3*"):
            each.unlink()
        grow(now, 2)
        log = keys.log_key(settings.AUDIT_ORIGIN).verifying.vkey
        with running(tmp_path / "witness", log, port=machine.port):
            ask(now)
        assert state(now).size == queries.newest_checkpoint().size
        assert told() == [(Event.WITNESS_COSIGNED, "")]


class TestTrouble:
    def test_one_that_is_down_is_told_of_once_and_once_that_it_came_back(
        self, tmp_path, machine, now, settings, log_key
    ):
        grow(now)
        ask(now)
        machine.kill()
        later = now + timedelta(minutes=2)
        for second in range(3):
            assert grow(later + timedelta(seconds=second)), "publishing was held up"
            ask(later + timedelta(seconds=second))
        view = state(later)
        assert (view.code, view.failing_since) == ("unreachable", later)
        moment = later + timedelta(seconds=30)
        assert witnessing.standing(moment).unwitnessed_seconds == 30
        with running(tmp_path / "witness", log_key.verifying.vkey, port=machine.port):
            ask(later + timedelta(seconds=40))
        assert [code for _, code in told()] == ["", "unreachable", ""]
        assert state(later).failing_since is None
        assert witnessing.standing(moment).unwitnessed_since is None

    def test_one_that_comes_and_goes_does_not_fill_the_log(self, impostor, now):
        for second in range(0, 50, 10):
            grow(now)
            impostor.behaviour = "sign" if second % 20 == 0 else "error"
            ask(now + timedelta(seconds=second))
        assert told() == [(Event.WITNESS_COSIGNED, "")]
        impostor.behaviour = "error"
        grow(now)
        ask(now + timedelta(seconds=70))
        assert told()[1:] == [(Event.WITNESS_FAILED, "answered_500")]

    @pytest.mark.parametrize(
        ("behaviour", "code"),
        [
            ("error", "answered_500"),
            ("redirect", "answered_302"),
            ("unknown", "origin_unknown"),
            ("refuse", "key_refused"),
            ("garbage", "cosignature_bad"),
            ("nothing", "cosignature_bad"),
            ("other key", "cosignature_bad"),
            ("other text", "cosignature_bad"),
            ("no time", "cosignature_bad"),
            ("long ago", "clock_off"),
            ("far ahead", "clock_off"),
            ("end of time", "clock_off"),
            ("conflict", "conflict"),
            ("no size", "answer_unreadable"),
            ("hang up", "unreachable"),
            ("deny", "other_history"),
        ],
    )
    def test_what_does_not_verify_is_not_stored(self, impostor, now, behaviour, code):
        grow(now, 3)
        impostor.behaviour = behaviour
        ask(now)
        ask(now)
        assert not Cosignature.objects.exists()
        assert (state(now).code, state(now).size) == (code, 0)
        assert told() == [(Event.WITNESS_FAILED, code)]

    @pytest.mark.parametrize("behaviour", ["sleep", "drip", "flood"])
    def test_one_that_is_slow_is_given_up(self, impostor, now, behaviour, monkeypatch):
        monkeypatch.setattr(exchange, "_SECONDS_PER_ANSWER", 0.5)
        monkeypatch.setattr(exchange, "_TIMEOUT", 0.5)
        grow(now)
        impostor.behaviour = behaviour
        began = time.monotonic()
        ask(now)
        assert time.monotonic() - began < 3
        assert state(now).code == "timeout"

    def test_a_conflict_is_followed_once(self, impostor, now):
        grow(now, 3)
        impostor.behaviour = "conflict"
        ask(now)
        assert [each.old for each in impostor.asked] == [0, 1]

    def test_one_that_fails_takes_nothing_from_the_others(self, settings, machine, now):
        third = SigningKey.from_seed("third.example", b"T" * 32, kind=COSIGNATURE)
        with Impostor(KEY) as second, Impostor(third) as last:
            lines = [
                each.policy.splitlines()[0].replace("w1", name, 1)
                for each, name in [(second, "w2"), (last, "w3"), (machine, "w1")]
            ]
            lines[0] = lines[0].replace(KEY.verifying.vkey, SECOND.verifying.vkey)
            settings.AUDIT_POLICY = "\n".join([*lines, "group g 2 w1 w2 w3", "quorum g", ""])
            grow(now)
            ask(now)
            stands = witnessing.standing(now)
            codes = {view.name: view.code for view in stands.witnesses}
            assert codes == {
                SECOND.name: "cosignature_bad",
                "third.example": "",
                machine.key.name: "",
            }
            assert stands.unwitnessed_since is None
            last.behaviour = "error"
            grow(now + timedelta(seconds=60))
            ask(now + timedelta(seconds=90))
        stands = witnessing.standing(now + timedelta(seconds=90))
        assert [view.size for view in stands.witnesses] == [0, 1, 5]
        # Two saw the first head, in what they signed later too; only one saw the second.
        assert stands.unwitnessed_seconds == 30


class TestAnotherHistory:
    def test_a_witness_that_saw_more_than_we_have_wakes_somebody(self, machine, log_key, now):
        """As after a restored backup: the log went on, was witnessed, and was put back."""
        head = grow(now, 5)
        more = GrowingLog(key=log_key, origin=log_key.name)
        assert machine.add(more.body(0, head.size + 5)).status_code == 200
        ask(now)
        assert state(now).code == witnessing.OTHER_HISTORY
        assert witnessing.standing(now).sees_other_history
        assert not Cosignature.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_putting_database_and_kept_head_back_together_is_seen(self, machine, now, settings):
        """What our own guard cannot see: the folder of the head was put back as well."""
        kept = grow(now, 3)
        ask(now)
        note = heads.read(settings.AUDIT_HEAD_DIR)
        grow(now, 5)
        ask(now)
        with as_superuser() as cursor:
            for table in ("cosignature", "checkpoint"):
                cursor.execute(f"DELETE FROM audit_{table} WHERE size > %s", [kept.size])
            cursor.execute('DELETE FROM audit_leaf WHERE "index" >= %s', [kept.size])
            for table in ("detail WHERE entry_id", "entry WHERE id"):
                cursor.execute(
                    f"DELETE FROM audit_{table} NOT IN (SELECT entry_id FROM audit_leaf)"
                )
        heads.write(settings.AUDIT_HEAD_DIR, note)
        assert grow(now + timedelta(hours=1), 2).size == kept.size + 2
        ask(now)
        assert state(now).code == witnessing.OTHER_HISTORY
        grow(now + timedelta(hours=2), 20)
        ask(now)
        assert state(now).code == witnessing.OTHER_HISTORY
        assert [code for _, code in told()] == ["other_history"]

    def test_so_does_one_that_saw_other_entries(self, machine, log_key, now):
        grow(now, 5)
        other = GrowingLog(key=log_key, origin=log_key.name)
        assert machine.add(other.body(0, 3)).status_code == 200
        ask(now)
        assert state(now).code == witnessing.OTHER_HISTORY

    def test_it_is_heard_at_once_and_stays_until_the_witness_signs(self, impostor, now):
        grow(now)
        ask(now)
        for behaviour in ("deny", "error", "deny"):
            grow(now)
            impostor.behaviour = behaviour
            ask(now + timedelta(seconds=10))
        assert state(now).code == witnessing.OTHER_HISTORY
        impostor.behaviour = "sign"
        ask(now + timedelta(seconds=20))
        assert [code for _, code in told()] == ["", "other_history", ""]

    def test_what_was_signed_for_another_worker_is_none(self, impostor, now, monkeypatch):
        """Between our reading and the answer the log grew, and another worker had it signed."""
        submit, sizes = exchange.submit, []

        def overtaken(asked, *, to, at):
            if not sizes:
                sizes.append(grow(now, 2).size)
                return exchange.Conflict(sizes[0])
            return submit(asked, to=to, at=at)

        grow(now)
        monkeypatch.setattr(exchange, "submit", overtaken)
        monkeypatch.setattr(witnessing.asking, "ThreadPoolExecutor", InPlace)
        ask(now)
        assert [each.old for each in impostor.asked] == sizes
        assert (state(now).size, state(now).code) == (sizes[0], "")

    def test_a_line_that_another_worker_stored_is_stored_once(self, impostor, now, monkeypatch):
        submit = exchange.submit

        def doubled(asked, *, to, at):
            first = submit(asked, to=to, at=at)
            Cosignature.objects.create(
                origin_id=1, size=1, witness=to.key.name, line=first.line, cosigned_at=at
            )
            return first

        grow(now)
        monkeypatch.setattr(exchange, "submit", doubled)
        monkeypatch.setattr(witnessing.asking, "ThreadPoolExecutor", InPlace)
        ask(now)
        assert Cosignature.objects.count() == 1
        assert state(now).code == ""


class InPlace:
    """Runs what it is given in the same thread, which alone sees a test's transaction."""

    def __init__(self, **_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    map = staticmethod(map)
