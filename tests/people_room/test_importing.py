"""Rosters: read line by line, imported twice, never against a person's own choice."""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.common import actors
from apps.people import actions, queries, roster
from apps.people.models import Team

ACTOR = actors.command("tests")
HEADER = "email,name,team,department,role,visibility,since"


@pytest.fixture
def load(db, at):
    """Import a roster of these lines."""

    def load(*lines, header=HEADER, **given):
        text = "".join(f"{line}\n" for line in (header, *lines))
        return actions.import_people(io.StringIO(text), actor=ACTOR, at=at, **given)

    return load


class TestImportPeople:
    def test_it_adds_people_teams_and_departments(self, load, at):
        result = load(
            "Dora@Corp.example,Dora,Search,Research,lead,named,2026-01-05",
            "emil@corp.example,Emil,,Research,,,",
        )
        assert (result.added, result.rejected) == (2, [])
        dora = queries.person_by_email("dora@corp.example")
        assert (dora.name, dora.visibility) == ("Dora", "named")
        assert queries.role_of_person(dora.id) == "lead"
        assert queries.teams_of([dora.id], on=date(2026, 1, 4)) == {}
        assert queries.teams_of([dora.id], on=date(2026, 1, 5)) == {dora.id: "Search"}
        emil = queries.person_by_email("emil@corp.example")
        assert queries.teams_of([emil.id], on=at.date()) == {emil.id: "Research"}
        assert Team.objects.get(slug="search").parent.slug == "research"

    def test_it_changes_nothing_the_second_time(self, load):
        lines = [
            "dora@corp.example,Dora,Search,Research,lead,named,2026-01-05",
            "emil@corp.example,,,,,,",
        ]
        load(*lines)
        before = queries.revision()
        again = load(*lines)
        assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
        assert queries.revision() == before

    def test_it_brings_people_up_to_a_new_roster(self, load, at):
        load("dora@corp.example,Dora,Search,Research,,,2026-01-05")
        result = load("dora@corp.example,Dora Two,Sales,,auditor,,2026-06-01")
        assert (result.changed, result.unchanged) == (1, 0)
        dora = queries.person_by_email("dora@corp.example")
        assert dora.name == "Dora Two"
        assert queries.role_of_person(dora.id) == "auditor"
        assert queries.teams_of([dora.id], on=date(2026, 5, 31)) == {dora.id: "Search"}
        assert queries.teams_of([dora.id], on=date(2026, 6, 1)) == {dora.id: "Sales"}

    def test_it_never_overrules_what_a_person_chose(self, load, carol):
        load("carol@corp.example,,,,,named,")
        assert queries.person(carol.pk).visibility == "private"

    def test_it_names_each_bad_line_and_keeps_the_others(self, load):
        result = load(
            "nobody,X,,,,,",
            "dora@corp.example,Dora,,,,,",
            "DORA@corp.example,Twice,,,,,",
            "emil@corp.example,Emil,,,boss,,",
            "fay@corp.example,Fay,,,,loud,",
            'gil@corp.example,"Gil\nTwo lines",,,,,',
            "hal@corp.example,Hal,,,,,2026-13-01",
            "ida@corp.example,Ida",
            f"jim@corp.example,{'J' * 151},,,,,",
            "",
            "kim@corp.example,Kim,,,,,",
        )
        assert result.added == 2
        assert [(row.line, row.code) for row in result.rejected] == [
            (2, "invalid_email"),
            (4, "duplicate_email"),
            (5, "unknown_role"),
            (6, "unknown_visibility"),
            (7, "invalid_name"),
            (9, "invalid_date"),
            (10, "wrong_columns"),
            (11, "invalid_name"),
        ]
        assert not any("@" in row.detail for row in result.rejected)

    def test_it_names_a_line_that_only_the_database_can_refuse(self, load):
        load("dora@corp.example,Dora,Search,,,,2026-06-01")
        result = load(
            "dora@corp.example,Dora,Sales,,,,2026-01-01",
            "emil@corp.example,Emil,Search,Search,,,",
        )
        assert [(row.line, row.code) for row in result.rejected] == [
            (2, "membership_overlaps"),
            (3, "team_below_itself"),
        ]

    def test_it_keeps_a_team_apart_whose_name_has_no_latin_letters(self, load):
        load("dora@corp.example,Dora,検索,,,,", "emil@corp.example,Emil,営業,,,,")
        assert sorted(Team.objects.values_list("name", flat=True)) == ["営業", "検索"]

    @pytest.mark.parametrize("header", ["", "name,team", "email,name,salary"])
    def test_it_refuses_what_is_no_roster(self, load, header):
        with pytest.raises(roster.UnreadableRoster):
            load("dora@corp.example,Dora,1", header=header)

    def test_it_tells_how_far_it_is(self, load):
        seen = []
        load(
            *(f"p{i}@corp.example,,,,,," for i in range(5)),
            on_progress=lambda done, total: seen.append((done, total)),
        )
        assert seen[-1] == (5, 5)


@given(st.lists(st.text(max_size=30), max_size=20))
def test_reading_never_fails_in_any_other_way(lines):
    try:
        read = list(roster.read(["email,name\n", *lines]))
    except roster.UnreadableRoster:
        return
    assert all(isinstance(row, roster.Entry | roster.RejectedLine) for row in read)


class TestTheCommand:
    def test_it_prints_one_json_value(self, db, tmp_path, capsys):
        file = tmp_path / "roster.csv"
        # Spreadsheets put a byte order mark first.
        file.write_text(f"\ufeff{HEADER}\ndora@corp.example,Dora,,,,,\nx,,,,,,\n", encoding="utf-8")
        call_command("import_people", str(file), "--json")
        printed = json.loads(capsys.readouterr().out)
        assert (printed["added"], printed["rejected"][0]["code"]) == (1, "invalid_email")

    def test_it_says_what_is_wrong_with_the_file(self, db, tmp_path):
        file = tmp_path / "roster.csv"
        file.write_bytes(b"email\n\xff\xfe@corp.example\n")
        for path in (file, tmp_path / "missing.csv"):
            with pytest.raises(CommandError):
                call_command("import_people", str(path))
