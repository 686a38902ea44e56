"""Under which name and key a log is signed: at first, after a freeze, and with a wrong key."""

import pytest

from apps.audit import keys
from apps.audit.actions import continuing
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Freeze, Leaf, Origin
from apps.audit.sequencing import Sequencer, catch_up, heads, waiting
from apps.audit.tree import checkpoints, notes
from apps.common import actors
from tests import people
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings):
    return settings.AUDIT_HEAD_DIR


def agree(at):
    """Let two auditors agree that the log goes on."""
    olga, otto = (people.add(name, role="auditor", at=at) for name in ("olga", "otto"))
    request = continuing.ask_to_continue(
        actor=actors.user(olga.pk, role="auditor"), reason="The disk died.", at=at
    )
    continuing.approve_continuation(
        request_id=request.id, actor=actors.user(otto.pk, role="auditor"), at=at
    )


def entries_in_order(origin):
    leaves = Leaf.objects.filter(origin=origin).order_by("index")
    return list(leaves.values_list("entry_id", flat=True))


class TestTheFirst:
    def test_it_keeps_its_name_whatever_the_setting_says(self, at, settings):
        log.write(at)
        head = catch_up(at)
        settings.AUDIT_ORIGIN = "elsewhere.example/audit"
        log.write(at)
        assert catch_up(at).origin == head.origin
        assert Origin.objects.count() == 1

    def test_a_process_with_another_key_neither_sequences_nor_signs(self, at, settings, caplog):
        log.write(at)
        catch_up(at)
        settings.AUDIT_KEY = "ef" * 32
        log.write(at)
        sequencer = Sequencer()
        for _ in range(3):
            assert sequencer.sequence(at) == 0
            assert sequencer.publish(at) is None
        assert [each.msg["event"] for each in caplog.records] == ["log.wrong_key"]
        assert Leaf.objects.count() == 1
        assert not Freeze.objects.exists()
        settings.AUDIT_KEY = "cd" * 32
        assert sequencer.sequence(at) == 1
        assert sequencer.publish(at).size == 2


class TestWithdrawnKeys:
    def test_an_operator_ends_the_origin_without_its_key(self, at, settings, folder):
        log.write(at)
        head = catch_up(at)
        settings.AUDIT_KEY = ""
        assert Sequencer().withdraw_key(at)
        freeze = Freeze.objects.get()
        assert (freeze.reason, freeze.kept_size, freeze.found_size) == ("key_withdrawn", 1, 1)
        assert bytes(freeze.kept_root) == bytes(freeze.found_root) == head.root
        assert not Sequencer().withdraw_key(at)
        settings.AUDIT_KEY = "ef" * 32
        agree(at)
        assert catch_up(at).origin == Origin.objects.get(number=2).name

    def test_there_is_nothing_to_end_before_the_first(self, at):
        assert not Sequencer().withdraw_key(at)


class TestGoingOn:
    @pytest.fixture
    def frozen(self, at, folder):
        """Five entries under a head, one of them deleted, one written since and not sequenced."""
        written = log.write(at, 5)
        catch_up(at)
        with log.as_superuser() as cursor:
            key = Entry._meta.pk.get_db_prep_value(written[2], log.connection)
            for table, column in (("detail", "entry_id"), ("entry", "id")):
                cursor.execute(f"DELETE FROM audit_{table} WHERE {column} = %s", [key])
        assert catch_up(at) is None
        assert heads.read_freeze(folder)["reason"] == "entry_missing"
        return written

    def test_nothing_begins_before_two_agreed(self, at, frozen):
        assert Sequencer().sequence(at) == 0
        assert Origin.objects.count() == 1

    def test_all_that_is_left_keeps_its_order(self, at, frozen, settings, monkeypatch):
        agree(at)
        monkeypatch.setattr(waiting.transfer_page, "__kwdefaults__", {"limit": 2})
        head = catch_up(at)
        first, second = Origin.objects.order_by("number")
        assert second.name == f"{first.name}-2" == head.origin
        order = entries_in_order(2)
        assert order[:4] == [frozen[place] for place in (0, 1, 3, 4)]
        assert len(order) == Entry.objects.count() == head.size
        assert len(set(order)) == len(order)
        assert entries_in_order(1) == frozen  # what was stays as it was
        assert Entry.objects.filter(event=Event.LOG_CONTINUED).count() == 1

    def test_it_goes_on_where_it_was_interrupted(self, at, frozen, monkeypatch):
        agree(at)
        monkeypatch.setattr(waiting.transfer_page, "__kwdefaults__", {"limit": 1})
        for _ in range(9):
            Sequencer().sequence(at)  # each time another process
        catch_up(at)
        order = entries_in_order(2)
        assert order[:4] == [frozen[place] for place in (0, 1, 3, 4)]
        assert len(order) == Entry.objects.count()

    def test_the_new_key_signs_why(self, at, frozen):
        agree(at)
        catch_up(at)
        second = Origin.objects.get(number=2)
        key = notes.VerifyingKey.parse(second.vkey)
        assert second.vkey == keys.log_key(second.name).verifying.vkey
        text = notes.verified(second.statement, key).text
        assert text.startswith(f"{second.name}\ncontinuation/v1\n")
        assert "\nentry_missing\n" in text

    def test_what_was_signed_before_is_kept_beside(self, at, frozen, folder):
        old_head, old_freeze = heads.read(folder), heads.read_freeze(folder)
        agree(at)
        catch_up(at)
        assert (folder / "head-1").read_text() == old_head
        assert old_freeze["origin"] in (folder / "frozen-1.json").read_text()
        assert heads.read_freeze(folder) is None
        second = Origin.objects.get(number=2)
        note = heads.read(folder)
        assert checkpoints.verified(note, notes.VerifyingKey.parse(second.vkey)).size > 4
        assert Checkpoint.objects.filter(origin=1).count() == 1

    def test_it_can_freeze_again(self, at, frozen, folder):
        agree(at)
        catch_up(at)
        (folder / "head").unlink()
        log.write(at)
        assert catch_up(at) is None
        assert Freeze.objects.get(origin=2).reason == "head_missing"

    def test_a_file_that_cannot_be_read_does_not_keep_it_from_going_on(self, at, frozen, folder):
        (folder / "frozen.json").write_text("{")
        agree(at)
        assert catch_up(at).size > 4
        assert (folder / "frozen-1.json").read_text() == "{"

    def test_what_was_set_aside_is_never_overwritten(self, folder):
        folder.mkdir()
        for text in ("one", "two", "three"):
            (folder / "head").write_text(text)
            heads.set_aside(folder, 1)
        kept = {path.name: path.read_text() for path in folder.iterdir()}
        assert kept == {"head-1": "one", "head-1.earlier": "two", "head-1.earlier.earlier": "three"}
