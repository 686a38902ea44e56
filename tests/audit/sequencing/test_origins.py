"""Under which name and key a log is signed: at first, after a freeze, and with a wrong key."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.approvals.models import Request
from apps.audit import keys, queries
from apps.audit.actions import continuing
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Freeze, Leaf, Origin
from apps.audit.queries import continuations
from apps.audit.sequencing import Sequencer, catch_up, heads, takeover
from apps.audit.tree import checkpoints, notes
from apps.common import actors
from tests import people
from tests.audit.sequencing import log
from tests.audit.sequencing.test_crashes import Deadline, Died

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
    return olga, otto


def end_for_a_lost_head(at, folder):
    """Freeze the newest origin, and let two others agree to it."""
    (folder / "head").unlink()
    assert Sequencer().give_up_head(at)
    ruth, rosa = (people.add(name, role="auditor", at=at) for name in ("ruth", "rosa"))
    request = continuing.ask_to_continue(
        actor=actors.user(ruth.pk, role="auditor"), reason="The folder is lost.", at=at
    )
    continuing.approve_continuation(
        request_id=request.id, actor=actors.user(rosa.pk, role="auditor"), at=at
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
        said = [(each.msg["event"], each.msg["reason"]) for each in caplog.records]
        assert said == [("log.stopped", "wrong_key")]
        assert queries.log_state(at).stop.reason == "wrong_key"
        assert Leaf.objects.count() == 1
        assert not Freeze.objects.exists()
        settings.AUDIT_KEY = "cd" * 32
        assert sequencer.sequence(at) == 2
        assert sequencer.publish(at).size == 3
        assert queries.log_state(at).stop is None


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

    def test_the_secret_that_the_key_came_from_does_not_go_on(self, at, settings):
        log.write(at)
        catch_up(at)
        assert Sequencer().withdraw_key(at)
        agree(at)
        assert catch_up(at) is None
        assert Origin.objects.count() == 1
        assert queries.log_state(at).stop.reason == "same_key"
        settings.AUDIT_KEY = "ef" * 32
        assert catch_up(at).origin == Origin.objects.get(number=2).name
        # Nor when a later origin ends for something else.
        settings.AUDIT_KEY = "ab" * 32
        assert catch_up(at) is None
        end_for_a_lost_head(at, settings.AUDIT_HEAD_DIR)
        settings.AUDIT_KEY = "cd" * 32
        assert catch_up(at) is None
        assert Origin.objects.count() == 2

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

    def test_all_that_is_left_keeps_its_order(self, at, frozen, monkeypatch):
        agree(at)
        monkeypatch.setattr(takeover, "BATCH", 2)
        head = catch_up(at)
        first, second = Origin.objects.order_by("number")
        assert second.name == f"{first.name}-2" == head.origin
        order = entries_in_order(2)
        assert order[:4] == [frozen[place] for place in (0, 1, 3, 4)]
        assert len(order) == Entry.objects.count() == head.size
        assert len(set(order)) == len(order)
        assert entries_in_order(1) == frozen  # what was stays as it was
        assert Entry.objects.filter(event=Event.LOG_CONTINUED).count() == 1

    def test_it_begins_whole_or_not_at_all_wherever_it_is_interrupted(
        self, at, frozen, monkeypatch
    ):
        agree(at)
        monkeypatch.setattr(takeover, "BATCH", 2)
        steps = 0
        while True:
            deadline = Deadline(steps)
            try:
                with connection.execute_wrapper(deadline):
                    Sequencer().sequence(at)
            except Died:
                assert Leaf.objects.filter(origin=2).count() in {0, 4}
            else:
                break
            steps += 1
        assert steps > 10
        assert catch_up(at).size == Entry.objects.count()
        assert entries_in_order(2)[:4] == [frozen[place] for place in (0, 1, 3, 4)]

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
        assert Sequencer().give_up_head(at)
        assert Freeze.objects.get(origin=2).reason == "head_missing"
        assert catch_up(at) is None

    @pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{")])
    def test_a_file_that_does_not_say_the_same_keeps_it_until_an_operator_confirms(
        self, at, frozen, folder, damage
    ):
        damage(folder / "frozen.json")
        agree(at)
        assert catch_up(at) is None
        assert queries.log_state(at).stop.reason == "freeze_unconfirmed"
        assert Sequencer().give_up_head(at)
        assert catch_up(at).size > 4

    @pytest.mark.parametrize("member", ["reason", "kept", "found", "index"])
    def test_a_file_that_says_something_else_is_believed_more_than_the_row(
        self, at, frozen, folder, member
    ):
        other = {"reason": "other_root", "index": 3}.get(member, {"size": 5, "root": ""})
        heads.write_freeze(folder, heads.read_freeze(folder) | {member: other})
        agree(at)
        assert catch_up(at) is None
        assert not Sequencer().give_up_head(at)
        assert Origin.objects.count() == 1

    def test_it_goes_on_where_the_folder_was_set_aside_and_nothing_was_committed(
        self, at, frozen, folder
    ):
        agree(at)
        heads.set_aside(folder, 1)
        assert catch_up(at).origin == Origin.objects.get(number=2).name

    def test_what_was_set_aside_is_never_overwritten(self, folder):
        folder.mkdir()
        for text in ("one", "two", "three"):
            (folder / "head").write_text(text)
            heads.set_aside(folder, 1)
        kept = {path.name: path.read_text() for path in folder.iterdir()}
        assert kept == {"head-1": "one", "head-1.earlier": "two", "head-1.earlier.earlier": "three"}


class TestWhatIsEditedMeanwhile:
    @pytest.fixture
    def agreed(self, at):
        """Five entries under a head, one of them deleted, and two people who agreed."""
        written = log.write(at, 5)
        catch_up(at)
        self.delete(written[2])
        assert catch_up(at) is None
        agree(at)
        return written

    def delete(self, entry):
        key = Entry._meta.pk.get_db_prep_value(entry, connection)
        with log.as_superuser() as cursor:
            for table, column in (("detail", "entry_id"), ("entry", "id")):
                cursor.execute(f"DELETE FROM audit_{table} WHERE {column} = %s", [key])

    def told(self):
        entry = Entry.objects.get(event=Event.LOG_CONTINUED)
        return {name: entry.detail.parameters[name] for name in ("altered", "indexes")}

    def test_what_was_known_to_be_gone_is_named(self, at, agreed):
        catch_up(at)
        assert self.told() == {"altered": 1, "indexes": "2"}

    def test_so_is_what_was_deleted_or_altered_since(self, at, agreed, caplog):
        self.delete(agreed[4])
        with log.as_superuser() as cursor:
            key = Entry._meta.pk.get_db_prep_value(agreed[0], connection)
            cursor.execute("UPDATE audit_entry SET leaf = %s WHERE id = %s", [b"other", key])
        assert catch_up(at) is not None
        assert self.told() == {"altered": 3, "indexes": "0 2 4"}
        (line,) = [each.msg for each in caplog.records if each.msg["event"] == "log.continued"]
        assert (line["altered"], line["indexes"]) == (3, [0, 2, 4])

    def test_no_more_indexes_are_named_than_fit(self, at, agreed, monkeypatch):
        monkeypatch.setattr(takeover, "_MOST_NAMED", 1)
        self.delete(agreed[4])
        catch_up(at)
        assert self.told() == {"altered": 2, "indexes": "2"}

    @pytest.mark.parametrize(
        "edit",
        [
            'UPDATE audit_leaf SET hash = %s WHERE "index" = 4',
            'DELETE FROM audit_leaf WHERE "index" = 4 AND hash <> %s',
            'DELETE FROM audit_leaf WHERE "index" = 1 AND hash <> %s',
        ],
    )
    def test_a_tree_that_is_another_than_agreed_is_not_left(self, at, agreed, edit):
        leaves = log.state()[0]
        with log.as_superuser() as cursor:
            cursor.execute(edit, [bytes(32)])
        for _ in range(2):
            assert catch_up(at) is None
        assert Origin.objects.count() == 1
        assert queries.log_state(at).stop.reason == "tree_changed"
        with log.as_superuser() as cursor:
            cursor.execute("DELETE FROM audit_leaf")
        for origin, index, entry, value in leaves:
            Leaf.objects.create(origin_id=origin, index=index, entry_id=entry, hash=value)
        assert catch_up(at).origin == Origin.objects.get(number=2).name


class TestAnAgreementWithoutFoundation:
    """The sequencer asks again, for whoever writes rows could write that two agreed."""

    @pytest.fixture
    def frozen(self, at):
        log.write(at, 2)
        catch_up(at)
        assert Sequencer().give_up_head(at) is False
        (settings.AUDIT_HEAD_DIR / "head").unlink()
        assert Sequencer().give_up_head(at)

    def forge(self, at, *, first, second):
        """Write the row of an approval by these two."""
        people_of = {"asked_by": first, "first_by": first, "second_by": second}
        Request.objects.create(
            purpose=continuations.PURPOSE, target=continuations.frozen().target, reason="x",
            asked_at=at, expires_at=at + timedelta(days=1), state=Request.State.APPROVED,
            decided_by=second, decided_at=at, **people_of,
        )  # fmt: skip

    def stays(self, at):
        assert catch_up(at) is None
        assert Origin.objects.count() == 1
        assert queries.log_state(at).stop.reason == "agreement_unfounded"

    def test_people_who_do_not_exist_begin_nothing(self, at, frozen):
        self.forge(at, first="user:998", second="user:999")
        self.stays(at)

    def test_nor_does_an_approval_that_the_log_does_not_know(self, at, frozen):
        first, second = (people.add(name, role="auditor", at=at) for name in ("olga", "otto"))
        self.forge(at, first=f"user:{first.pk}", second=f"user:{second.pk}")
        self.stays(at)
        # Two who do agree end that.
        request = continuing.ask_to_continue(
            actor=actors.user(first.pk, role="auditor"), reason="Lost.", at=at
        )
        later = at + timedelta(seconds=1)
        continuing.approve_continuation(
            request_id=request.id, actor=actors.user(second.pk, role="auditor"), at=later
        )
        assert catch_up(later).origin == Origin.objects.get(number=2).name

    @pytest.mark.parametrize(
        "since",
        [
            {"is_active": False},
            {"added_by": "the other"},
            {"role_given_by": "user:99", "role_given_at": "later"},
        ],
    )
    def test_nor_do_two_who_are_no_longer_what_they_were(self, at, frozen, since):
        olga, otto = agree(at)
        words = {"the other": f"user:{olga.pk}", "later": at + timedelta(seconds=1)}
        values = {name: words.get(value, value) for name, value in since.items()}
        type(otto).objects.filter(pk=otto.pk).update(**values)
        self.stays(at)

    def test_nor_do_two_of_whom_one_may_not_read_the_log_any_more(self, at, frozen):
        otto = agree(at)[1]
        otto.groups.clear()
        self.stays(at)

    def test_nor_do_two_who_agreed_long_ago(self, at, frozen):
        agree(at)
        assert catch_up(at + timedelta(days=8)) is None
        assert Origin.objects.count() == 1


class TestAFreezeThatSomebodyForged:
    def test_row_and_approval_in_the_database_begin_nothing(self, at, folder):
        log.write(at, 5)
        head = catch_up(at)
        heads_of = {"kept_size": 5, "kept_root": head.root, "found_size": 5}
        Freeze.objects.create(
            origin_id=1, reason="other_root", found_root=head.root, frozen_at=at, **heads_of
        )
        freeze = continuations.frozen()
        Request.objects.create(
            purpose=continuations.PURPOSE, target=freeze.target, reason="x", asked_by="user:1",
            asked_at=at, expires_at=at + timedelta(days=1), first_by="user:1", second_by="user:2",
            state=Request.State.APPROVED, decided_by="user:2", decided_at=at,
        )  # fmt: skip
        assert continuations.agreed(1, at=at) is not None
        assert catch_up(at) is None
        assert Origin.objects.count() == 1
        assert heads.read_freeze(folder) is None
        assert queries.log_state(at).stop.reason == "freeze_unconfirmed"
