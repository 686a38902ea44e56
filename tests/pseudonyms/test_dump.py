"""What a thief of the database learns without the key: nothing that ties figures to people."""

import hashlib

import pytest
from django.apps import apps
from django.db import connection

from apps.pseudonyms import actions, tasks
from apps.pseudonyms.identities import Identity, Kind
from tests.pseudonyms.conftest import account, address

PEOPLE = {7_000_101 + number: f"person{number}" for number in range(40)}


def tables():
    return [model._meta.db_table for model in apps.get_app_config("pseudonyms").get_models()]


def rows(table):
    """The rows of a table in the order in which a dump would list them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return [
            tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row)
            for row in cursor.fetchall()
        ]


def enrol_one_by_one(at):
    return {
        person: actions.enrol_people({person: [address(name)]}, at=at)[person]
        for person, name in PEOPLE.items()
    }


def unkeyed_forms(person, name):
    """Every form of a person that somebody without the key could look for."""
    plain = [str(person), f"{name}@corp.example", name, f"account-{name}", f"email:{name}"]
    forms = [word.encode() for word in plain]
    for word in plain:
        forms += [
            hashlib.new(kind, word.encode()).digest()[:16] for kind in ("sha256", "sha1", "md5")
        ]
    return [*forms, person.to_bytes(8), person.to_bytes(8, "little")]


@pytest.mark.django_db
class TestDump:
    def test_no_cell_names_anybody(self, at, operator):
        enrol_one_by_one(at)
        claims = [account(f"account-{name}") for name in PEOPLE.values()]
        claims.append(Identity(Kind.EMAIL, "stranger@corp.example"))
        actions.subjects_for(claims, at=at)
        cells = [cell for table in tables() for row in rows(table) for cell in row]
        assert len(cells) > 5 * len(PEOPLE)
        assert not set(cells) & PEOPLE.keys()
        everything = b"\0".join(
            cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells
        )
        assert b"corp.example" not in everything
        for person, name in PEOPLE.items():
            assert not [form for form in unkeyed_forms(person, name) if form in everything]

    def test_no_moment_is_kept_of_a_subject(self):
        kinds = {
            field.get_internal_type()
            for name in ("Subject", "SubjectKey", "Alias", "Link")
            for field in apps.get_model("pseudonyms", name)._meta.get_fields()
            if field.concrete
        }
        assert not kinds & {"DateTimeField", "DateField", "TimeField", "AutoField", "BigAutoField"}


@pytest.mark.django_db(transaction=True)
class TestOrder:
    @pytest.mark.parametrize(
        "table",
        ["pseudonyms_subject", "pseudonyms_subjectkey", "pseudonyms_alias", "pseudonyms_link"],
    )
    def test_rows_lie_in_the_order_of_their_random_keys(self, at, table):
        enrol_one_by_one(at)
        tasks.scatter()
        listed = rows(table)
        assert len(listed) == len(PEOPLE)
        # SQLite reads aliases from the index on their subject, which is just as random.
        assert listed in (sorted(listed), sorted(listed, key=lambda row: row[1]))

    def test_on_sqlite_no_row_has_a_number_and_references_still_hold(self):
        if connection.vendor != "sqlite":
            pytest.skip("row numbers are SQLite's")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, wr FROM pragma_table_list WHERE name LIKE 'pseudonyms\\_%' "
                "ESCAPE '\\' AND name NOT IN ('pseudonyms_keycheck', 'pseudonyms_releasekey')"
            )
            assert dict(cursor.fetchall()) == {
                f"pseudonyms_{name}": 1
                for name in ("subject", "subjectkey", "alias", "link", "claim")
            }
            for name in ("subject", "subjectkey", "alias", "link", "claim"):
                cursor.execute(f"PRAGMA foreign_key_list(pseudonyms_{name})")
                assert [row[2] for row in cursor.fetchall()] == ["pseudonyms_subject"]

    def test_a_bulk_is_not_in_the_order_of_its_people(self, at):
        roots = actions.enrol_people({person: [] for person in PEOPLE}, at=at)
        stored = [row[0] for row in rows("pseudonyms_link")]
        assert sorted(stored) == stored == sorted(roots.values())
