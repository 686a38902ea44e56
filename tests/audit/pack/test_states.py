"""Present, erased, missing and altered details are told apart; lists of erasures are checked."""

import hashlib
import json

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from tests.audit.pack.conftest import checked

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(write):
    return write(20)


def lines_of(pack, name="details.ndjson"):
    return [json.loads(line) for line in (pack / name).read_text().splitlines()]


def write_lines(pack, lines, name="details.ndjson"):
    text = "".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines
    )
    (pack / name).write_text(text)


def states(pack):
    report = checked(pack)
    found = {state: count for state, count in report.facts["details"].items() if count}
    return found, [(each["file"], each["index"]) for each in report.faults], report


class TestStates:
    def test_erased_details_are_covered_by_the_entry_that_erased_them(self, entries, erase, export):
        erase({entries[3]: "asp", entries[5]: "p"})
        found, faults, report = states(export("pack", "--details"))
        assert found["erased"] == 2
        assert not faults
        [(eraser, parts)] = report.facts["erased_by"].items()
        assert eraser == 20
        assert parts == 4

    def test_details_blanked_without_an_erasure_are_missing(self, entries, export):
        pack = export("pack", "--details")
        lines = lines_of(pack)
        lines[4] |= {"subject": None, "subject_nonce": None}
        write_lines(pack, lines)
        found, faults, _ = states(pack)
        assert found["MISSING"] == 1
        assert faults == [("details.ndjson", 4)]

    def test_a_part_that_no_erasure_took_is_missing_beside_one_that_was(
        self, entries, erase, export
    ):
        erase({entries[3]: "a"})
        pack = export("pack", "--details")
        lines = lines_of(pack)
        lines[3] |= {"parameters": None, "parameters_nonce": None}
        write_lines(pack, lines)
        _, faults, report = states(pack)
        assert faults == [("details.ndjson", 3)]
        assert report.faults[0]["what"] == "MISSING: parameters"

    @pytest.mark.parametrize(
        "change",
        [
            {"actor": "user:99"},
            {"role": "admin"},
            {"subject": "user:99"},
            {"parameters": {"board": "tokens"}},
            {"actor_nonce": "00" * 32},
            {"subject_nonce": None},
            {"parameters": None},
            {"id": "00000000-0000-7000-8000-000000000000"},
            {"more": 1},
        ],
    )
    def test_other_details_are_altered(self, entries, export, change):
        pack = export("pack", "--details")
        lines = lines_of(pack)
        lines[4] |= change
        write_lines(pack, lines)
        found, faults, _ = states(pack)
        assert found["ALTERED"] == 1
        assert faults == [("details.ndjson", 4)]

    @pytest.mark.parametrize(("was", "now"), [(b'"index":4,', b'"index": 4,'), (b"\n", b"\r\n")])
    def test_each_line_has_one_form(self, entries, export, was, now):
        path = export("pack", "--details") / "details.ndjson"
        path.write_bytes(path.read_bytes().replace(was, now))
        _, faults, _ = states(path.parent)
        assert ("details.ndjson", 4) in faults

    def test_a_line_that_is_gone_hides_no_other(self, entries, export):
        pack = export("pack", "--details")
        lines = lines_of(pack)
        del lines[4]
        write_lines(pack, lines)
        found, faults, _ = states(pack)
        assert found["MISSING"] == 1
        assert faults == [("details.ndjson", 4)]

    def test_lines_that_changed_places_are_found(self, entries, export):
        pack = export("pack", "--details")
        lines = lines_of(pack)
        lines[4], lines[5] = lines[5], lines[4]
        write_lines(pack, lines)
        _, faults, _ = states(pack)
        assert ("details.ndjson", 4) in faults


class TestErasures:
    @pytest.fixture
    def pack(self, entries, erase, export):
        erase({entries[3]: "asp", entries[5]: "p"})
        return export("pack", "--details")

    def change(self, pack, change):
        [line] = lines_of(pack, "erasures.ndjson")
        change(line)
        write_lines(pack, [line], "erasures.ndjson")
        return states(pack)

    def test_a_list_that_was_lengthened_covers_nothing(self, pack, entries):
        found, faults, _ = self.change(
            pack, lambda line: line["covers"].update({str(entries[9]): "asp"})
        )
        assert found["MISSING"] == 2
        assert ("erasures.ndjson", 20) in faults

    def test_a_list_that_was_shortened_covers_nothing(self, pack, entries):
        found, faults, _ = self.change(pack, lambda line: line["covers"].pop(str(entries[3])))
        assert found["MISSING"] == 2
        assert ("erasures.ndjson", 20) in faults

    def test_a_list_that_is_gone_is_named(self, pack):
        write_lines(pack, [], "erasures.ndjson")
        _, faults, _ = states(pack)
        assert ("erasures.ndjson", 20) in faults

    def test_an_erasure_that_is_not_in_the_log_covers_nothing(self, pack, entries):
        line = {"id": str(entries[0]), "covers": {str(entries[9]): "asp"}}
        write_lines(pack, [*lines_of(pack, "erasures.ndjson"), line], "erasures.ndjson")
        _, faults, _ = states(pack)
        assert faults == [("erasures.ndjson", None)]

    def test_a_list_of_odd_parts_covers_nothing_and_ends_nothing(self, entries, export, at):
        with transaction.atomic():
            eraser = audit.record(
                event=Event.DETAILS_ERASED,
                actor=actors.command("tests"),
                at=at,
                item=audit.Item("erasure", hashlib.sha256(b"x 5\n").hexdigest()),
                count=1,
            )
        pack = export("pack", "--details")
        write_lines(pack, [{"id": str(eraser), "covers": {"x": 5}}], "erasures.ndjson")
        assert states(pack)[0] == {"present": 22}
