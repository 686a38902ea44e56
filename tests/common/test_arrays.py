"""Columns as arrays on the wire: PostgreSQL reads out of them what was put in."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from apps.common import arrays

FIGURES = [0, 1, -1, 2**31, 2**63 - 1, -(2**63)]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has arrays")
class TestPack:
    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("int8", FIGURES),
            ("int8", [*FIGURES, None]),
            ("int4", [7, -(2**31), 2**31 - 1]),
            ("int2", [7, None, -(2**15)]),
            ("bool", [True, False]),
            ("bool", [True, None, False]),
            ("text", ["", "a", "ß€", None]),
            ("bytea", [b"", b"\x00\xff", b"x" * 300]),
            ("date", [date(1969, 7, 20), date(2000, 1, 1), date(2200, 12, 31), None]),
            ("timestamptz", [datetime(2026, 10, 1, 10, 0, 9, 123456, tzinfo=UTC), None]),
        ],
    )
    def test_the_database_reads_what_was_packed(self, kind, values):
        cursor = arrays.cursor()
        cursor.execute(f"SELECT * FROM unnest(%b::{kind}[])", [arrays.pack(kind, values)])
        assert [row[0] for row in cursor.fetchall()] == values


class TestBounds:
    @pytest.mark.parametrize("values", [[2**63], [None, 2**63]])
    def test_a_number_beyond_the_type_is_refused(self, values):
        with pytest.raises(OverflowError):
            arrays.pack("int8", values)
