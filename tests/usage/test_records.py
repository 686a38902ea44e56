"""Records: what is read, and what each bad line is told."""

import json
import random
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.usage.formats import Rejected, Unreadable, UsageEvent
from apps.usage.formats.records import read_blocks, read_json, read_lines
from apps.usage.reading.inflation import blocks_of, lines_of
from tests.usage.events import lines, record


def codes(*texts: bytes) -> list[tuple[int, str]]:
    return [(e.line, e.code) for e in read_lines(texts) if isinstance(e, Rejected)]


class TestALine:
    def test_it_becomes_an_event_with_every_field(self):
        (event,) = read_lines(
            lines(
                record(
                    id="req_01",
                    at="2026-10-01T12:00:09+02:00",
                    uncached_input_tokens=3,
                    cache_read_tokens=48210,
                    cache_write_5m_tokens=900,
                    cache_write_1h_tokens=7,
                    output_tokens=512,
                    cost_usd="0.041870",
                    activity="coding",
                    automation=True,
                )
            )
        )
        assert isinstance(event, UsageEvent)
        assert event.at == datetime(2026, 10, 1, 10, 0, 9, tzinfo=UTC)
        assert event.total_tokens == 3 + 48210 + 900 + 7 + 512
        assert event.reported_cost_micros == 41870
        assert event.is_automation
        assert event.identity == "person1@corp.example"
        assert (event.keyed_by, event.subject) == ("id_and_time", None)

    def test_counts_default_to_nothing(self):
        (event,) = read_lines([b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m"}'])
        assert event.total_tokens == 0
        assert (event.identity, event.session) == (None, "")

    def test_the_largest_count_is_allowed_and_one_more_is_not(self):
        (event,) = read_lines(lines(record(output_tokens=10**12)))
        assert event.output_tokens == 10**12
        assert codes(*lines(record(output_tokens=10**12 + 1))) == [(1, "too_large")]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"prompt": "secret"}, "unknown_field"),
            ({"subject": 5}, "unknown_field"),
            ({"output_tokens": -1}, "negative_count"),
            ({"output_tokens": 10**30}, "too_large"),
            ({"output_tokens": 1.5}, "invalid_value"),
            ({"output_tokens": "5"}, "invalid_value"),
            ({"output_tokens": True}, "invalid_value"),
            ({"output_tokens": None}, "invalid_value"),
            ({"at": "2026-10-01T10:00:09"}, "invalid_value"),
            ({"at": "yesterday"}, "invalid_value"),
            ({"at": 1790000000}, "invalid_value"),
            ({"id": ""}, "invalid_value"),
            ({"id": 7}, "invalid_value"),
            ({"model": "m" * 121}, "invalid_value"),
            ({"model": "a\x00b"}, "invalid_value"),
            ({"cost_usd": "-1"}, "invalid_value"),
            ({"cost_usd": "1e3"}, "invalid_value"),
            ({"cost_usd": "10000.000001"}, "too_large"),
            ({"cost_usd": "999999999"}, "too_large"),
            ({"cost_usd": "999999999999"}, "too_large"),
            ({"cost_usd": 0.04}, "invalid_value"),
            ({"automation": "yes"}, "invalid_value"),
        ],
    )
    def test_a_bad_field_has_its_code(self, change, code):
        assert codes(*lines(record(**change))) == [(1, code)]

    def test_the_name_of_an_unknown_field_is_not_repeated(self):
        (rejected,) = read_lines(lines(record(**{"jane.doe": 1})))
        assert (rejected.code, "jane" in rejected.detail) == ("unknown_field", False)

    @pytest.mark.parametrize("name", ["id", "at", "model"])
    def test_a_required_field_is_missed(self, name):
        bad = record()
        del bad[name]
        (rejected,) = read_lines(lines(bad))
        assert (rejected.code, rejected.detail) == ("missing_field", f"`{name}` is required.")

    @pytest.mark.parametrize(
        "text",
        [
            b"{",
            b"not json",
            b'{"id":"\xff"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"id":"\\ud8"}',
        ],
    )
    def test_what_is_no_json_is_told_so(self, text):
        assert codes(text) in ([(1, "invalid_json")], [(1, "too_large")])

    def test_what_is_no_object_is_no_record(self):
        assert codes(b"[]", b"7", b'"text"', b"null") == [
            (n, "invalid_value") for n in (1, 2, 3, 4)
        ]

    def test_the_detail_repeats_no_content(self):
        bad = record(**{"mail carol@corp.example": "words"})
        (rejected,) = read_lines(lines(bad))
        assert "carol" not in rejected.detail

    @pytest.mark.parametrize(
        ("amount", "micros"),
        [
            ("0", 0),
            ("12", 12_000_000),
            ("0.0000005", 1),
            ("0.0000004", 0),
            ("1.9999999", 2_000_000),
        ],
    )
    def test_money_is_whole_micro_dollars(self, amount, micros):
        (event,) = read_lines(lines(record(cost_usd=amount)))
        assert event.reported_cost_micros == micros


class TestManyLines:
    def test_bad_ones_are_named_and_the_rest_is_kept(self):
        good = lines(*(record(n) for n in range(1, 5)))
        found = list(read_lines([good[0], b"\n", b"oops\n", good[1], b"{}\n", good[2], good[3]]))
        assert [(e.line, isinstance(e, UsageEvent)) for e in found] == [
            (1, True), (3, False), (4, True), (5, False), (6, True), (7, True),
        ]  # fmt: skip

    def test_a_line_that_never_ends_is_refused_unread(self):
        assert codes(b'{"id":"' + b"a" * 70_000) == [(1, "too_large")]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_fail(self, noise):
        for found in read_lines([noise]):
            assert isinstance(found, (UsageEvent, Rejected))


class TestAnArray:
    def test_elements_are_numbered_from_one(self):
        body = json.dumps([record(1), {"id": "x"}, 7, record(2)]).encode()
        found = list(read_json(body))
        assert [(e.line, getattr(e, "code", "good")) for e in found] == [
            (1, "good"),
            (2, "missing_field"),
            (3, "invalid_value"),
            (4, "good"),
        ]

    def test_what_cannot_be_decoded_does_not_take_the_others_with_it(self):
        good = json.dumps(record(1), ensure_ascii=False).encode()
        long = b"9" * 100_000
        body = b'\n[{"id": "\\ud800"}, ' + good + b", [NaN, " + long + b"]," + good + b" ] "
        assert [(e.line, getattr(e, "code", "good")) for e in read_json(body)] == [
            (1, "invalid_json"),
            (2, "good"),
            (3, "invalid_json"),
            (4, "good"),
        ]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_fail_otherwise(self, noise):
        with suppress(Unreadable):
            for found in read_json(b"[" + noise + b"]"):
                assert isinstance(found, (UsageEvent, Rejected))

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"[{", b"\xff", b"[1] [2]", b"[1,,2]", b"[NaN", b"[" * 200_000]
    )
    def test_what_is_no_array_cannot_be_read(self, body):
        with pytest.raises(Unreadable):
            list(read_json(body))


class TestBlocks:
    """Many lines at a time are read as each by itself, however a body is cut."""

    BAD = (
        b"",
        b" ",
        b"oops",
        b"{}",
        b"[]",
        b'{"id":"a"',
        b'"at":"2026-10-01T10:00:09Z","model":"m"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m"} {"id":"b"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m"},',
        b'{"id":"a{","at":"2026-10-01T10:00:09Z","model":"m"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"\\u0000"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m","cost_usd":"0.25"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m","cost_usd":"much"}',
        b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m"}' + b" " * 70_000,
        b'{"id":"\xff","at":"2026-10-01T10:00:09Z","model":"m"}\r',
    )
    GOOD = b'{"id":"a","at":"2026-10-01T10:00:09Z","model":"m","session":"s","output_tokens":7}'

    @pytest.mark.parametrize("seed", range(60))
    def test_they_hold_what_their_lines_hold(self, seed):
        chance = random.Random(seed)
        share = chance.choice([0, 0.02, 0.5])
        told = [
            chance.choice(self.BAD) if chance.random() < share else self.GOOD
            for _ in range(chance.randrange(1, 60))
        ]
        body = b"\n".join(told) + chance.choice([b"", b"\n"])
        size = chance.choice([1_000, 10_000, 100_000])
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        expected = list(read_lines(lines_of(iter(chunks))))
        assert list(read_blocks(blocks_of(iter(chunks)))) == expected

    def test_two_records_on_a_line_are_not_made_up_for_by_an_empty_one(self):
        two = self.GOOD + b" " + self.GOOD
        assert [e.code for e in read_blocks([two + b"\n\n"])] == ["invalid_json"]
