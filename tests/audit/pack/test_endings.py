"""Why earlier origins ended is in every pack and checked: by its signature, its heads, its tree."""

import pytest
from django.core.management import CommandError
from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit import keys, queries, sequencing
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Freeze, Origin
from apps.audit.pack import live
from apps.audit.queries.continuations import KIND, freeze_of
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.common import actors
from tests.audit.pack.conftest import checked
from tests.audit.sequencing.log import as_superuser

pytestmark = pytest.mark.django_db
EARLIER = "origins/1"


@pytest.fixture
def begin(at, settings):
    """Return a function that freezes the origin and begins the next, with a statement of both."""

    def after(change=lambda text: text):
        before, head = Origin.objects.get(number=1), Checkpoint.objects.order_by("-size").first()
        Freeze.objects.create(
            origin=before,
            reason="key_withdrawn",
            kept_size=head.size,
            kept_root=head.root,
            found_size=head.size,
            found_root=head.root,
            frozen_at=at,
        )
        name = f"{before.name}-2"
        text = change(f"{name}\n{KIND}\n{freeze_of(1).terms}")
        key = keys.log_key(name)
        Origin.objects.create(
            number=2,
            name=name,
            vkey=key.verifying.vkey,
            begun_at=at,
            statement=notes.sign(text, key),
        )
        (settings.AUDIT_HEAD_DIR / "head").unlink()
        sequencing.catch_up(at)

    return after


@pytest.fixture
def first(write, at):
    write(9)
    return sequencing.catch_up(at)


def live_faults(settings):
    found = live.check(queries.current_origin(), folder=settings.AUDIT_HEAD_DIR)
    return [each.what for each in found.faults if each.where == "origin"]


class TestAPack:
    def test_it_says_why_the_log_began_anew(self, first, begin, export):
        begin()
        pack = export("pack")
        assert (pack / EARLIER / "checkpoint").read_text() == Checkpoint.objects.get(origin=1).note
        report = checked(pack, "--vkey", (pack / "log.vkey").read_text())
        assert report.faults == []
        [told] = report.notes
        assert "ended (key_withdrawn): this log begins with the 9 entries that it signed" in told

    def test_a_log_that_dropped_entries_is_told(self, first, begin, export):
        wrong = f"9 {'A' * 43}="
        begin(lambda text: "\n".join(wrong if "9 " in line else line for line in text.split("\n")))
        pack = export("pack")
        (pack / EARLIER / "checkpoint").unlink()
        assert "does not begin with the 9 entries" in checked(pack).notes[-1]

    @pytest.mark.parametrize("name", ["statement", "log.vkey", "checkpoint"])
    def test_what_was_changed_in_it_is_named(self, first, begin, export, name):
        begin()
        path = export("pack") / EARLIER / name
        path.write_text(path.read_text().replace("audit", "audix", 1))
        report = checked(path.parents[2])
        assert [each["file"] for each in report.faults] == [f"{EARLIER}/statement"]

    def test_another_head_of_that_size_is_named(self, first, begin, export):
        begin()
        pack = export("pack")
        name = Origin.objects.get(number=1).name
        fork = checkpoints.signed(Head(name, 9, b"\7" * 32), keys.log_key(name))
        (pack / EARLIER / "checkpoint").write_text(fork)
        assert [each["what"] for each in checked(pack).faults] == [
            "names another head than was signed"
        ]

    def test_a_statement_of_another_key_is_refused(self, first, begin, export):
        begin()
        path = export("pack") / EARLIER / "statement"
        text = notes.parse(path.read_text()).text
        path.write_text(notes.sign(text, keys.log_key(queries.current_origin().name[:-2])))
        assert "not signed by the origin" in checked(path.parents[2]).faults[0]["what"]

    def test_a_log_that_went_on_has_to_say_why(self, first, begin, export, at):
        with transaction.atomic():
            audit.record(
                event=Event.LOG_CONTINUED,
                actor=actors.task("sequencer"),
                at=at,
                item=audit.Item("origin", "2"),
            )
        begin()
        pack = export("pack")
        assert checked(pack).faults == []
        for each in (pack / EARLIER).iterdir():
            each.unlink()
        (pack / EARLIER).rmdir()
        assert [(each["index"], each["what"]) for each in checked(pack).faults] == [
            (9, "tells of origin:2, and nothing here says why it began")
        ]

    def test_an_export_of_the_earlier_origin_is_no_export_of_this_one(self, first, begin, export):
        export("pack")
        begin()
        with pytest.raises(CommandError, match="no export of this log"):
            export("pack")


class TestLive:
    def test_an_ending_as_it_was_signed_is_right(self, first, begin, settings):
        begin()
        assert live_faults(settings) == []

    def test_a_statement_of_something_else_is_named(self, first, begin, settings):
        begin(lambda text: text.replace("key_withdrawn", "behind_head"))
        assert "the statement says something else than the rows" in live_faults(settings)[0]

    def test_a_statement_that_is_not_signed_is_named(self, first, begin, settings):
        begin()
        connection.check_constraints()
        with as_superuser() as cursor:
            cursor.execute("UPDATE audit_origin SET statement = 'x' WHERE number = 2")
            connection.check_constraints()
        assert len(live_faults(settings)) == 1

    def test_a_last_head_that_was_changed_is_named(self, first, begin, settings):
        begin()
        connection.check_constraints()
        with as_superuser() as cursor:
            cursor.execute("UPDATE audit_checkpoint SET note = 'x' WHERE origin_id = 1")
            connection.check_constraints()
        assert len(live_faults(settings)) == 1
