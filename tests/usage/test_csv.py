"""CSV by a mapping: what the columns mean is said once, and refusals name the line."""

from decimal import Decimal
from pathlib import Path

import pytest

from apps.usage.formats import Statement, UsageEvent
from apps.usage.formats.csv_mapping import UnusableMapping, read_mapping
from apps.usage.formats.csv_rows import MissingColumn, read

ROOT = Path(__file__).resolve().parent.parent.parent
SPEND = b"""
semantics = "statement"
report = "spend-report"
input_includes_cache = true
cost_unit = "cents"

[columns]
identity = "User"
day = "Date (UTC)"
model = "Model"
input_tokens = "Prompt tokens"
cache_read_tokens = "Cached tokens"
output_tokens = "Completion tokens"
cost = "Spend"
events = "Requests"
lines_added = "Lines"

[defaults]
tool = "chat"
provider = "anthropic"
"""
HEADER = (
    "Date (UTC),User,Model,Prompt tokens,Cached tokens,Completion tokens,Spend,Requests,Lines,Note"
)
EVENTS = b"""{
  "semantics": "event", "key": ["Request"], "zone": "Europe/Berlin", "cost_unit": "micro_usd",
  "day_format": "%d.%m.%Y %H:%M", "delimiter": ";", "thousands": ".", "identity_kind": "login",
  "output_includes_reasoning": false,
  "columns": {"at": "Zeit", "identity": "Wer", "model": "Modell", "input_tokens": "Ein",
              "output_tokens": "Aus", "reasoning_tokens": "Gedacht", "cost": "Kosten",
              "automation": "Dienst"}
}"""


def rows(*lines, header=HEADER):
    return "".join(each + "\n" for each in (header, *lines)).encode().splitlines(keepends=True)


def states(*lines, mapping=SPEND, **given):
    return list(read(rows(*lines), read_mapping(mapping), **given))


class TestStatements:
    def test_a_vendors_spend_report_is_read_by_its_columns(self):
        first, second = states(
            '2026-10-01,dana@corp.example,claude-opus-5,"1,810,000","1,800,000",21000,$312.40,128,40,x',
            "2026-10-01,erik@corp.example,claude-opus-5,500,0,70,,3,,",
        )
        assert isinstance(first, Statement)
        assert (first.report, first.day.isoformat(), first.model) == (
            "spend-report", "2026-10-01", "claude-opus-5",
        )  # fmt: skip
        assert (first.identity, first.identity_kind) == ("dana@corp.example", "email")
        assert (first.tool, first.provider) == ("chat", "anthropic")
        assert (first.uncached_input_tokens, first.cache_read_tokens) == (10_000, 1_800_000)
        assert (first.output_tokens, first.events) == (21_000, 128)
        assert (first.reported_cost_micros, first.outcomes) == (3_124_000, {"lines_added": 40})
        assert (second.reported_cost_micros, second.output_tokens) == (None, 70)
        assert first.key != second.key

    def test_figures_are_no_part_of_the_name_and_columns_of_the_key_are(self):
        (one,) = states("2026-10-01,dana@corp.example,m,500,0,70,1,3,,a")
        (other,) = states("2026-10-01,dana@corp.example,m,600,0,90,2,4,,b")
        assert one.key == other.key
        keyed = SPEND.replace(b"cost_unit", b'key = ["Note"]\ncost_unit')
        lines = [f"2026-10-01,dana@corp.example,m,500,0,70,1,3,,{note}" for note in "ab"]
        first, second = states(*lines, mapping=keyed)
        assert first.key != second.key

    def test_a_second_row_of_one_name_is_refused_not_swallowed(self):
        line = "2026-10-01,dana@corp.example,m,500,0,70,1,3,,"
        kept, refused = states(line, line)
        assert (kept.output_tokens, refused.code, refused.line) == (70, "ambiguous", 3)

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("2026-13-01,d,m,500,0,70,1,3,,", "invalid_value"),
            ("2026-10-01,d,m,many,0,70,1,3,,", "invalid_value"),
            ("2026-10-01,d,m,1.5,0,70,1,3,,", "invalid_value"),
            ("2026-10-01,d,m,1e999999999,0,70,1,3,,", "invalid_value"),
            ("2026-10-01,d,m,NaN,0,70,1,3,,", "invalid_value"),
            ("2026-10-01,d,m,-5,0,70,1,3,,", "negative_count"),
            ("2026-10-01,d,m,10000000000000,0,70,1,3,,", "too_large"),
            ("2026-10-01,d,m,500,501,70,1,3,,", "inconsistent_counts"),
            ("2026-10-01,d,m,500,0,70,1e12,3,,", "too_large"),
            ("2026-10-01,d,m,500", "invalid_value"),
            ("2026-10-01,d," + 300 * "m" + ",500,0,70,1,3,,", "invalid_value"),
            ('2026-10-01,d,"' + 200_000 * "m", "invalid_value"),
            ("2026-10-01,d,a\x00b,500,0,70,1,3,,", "invalid_value"),
        ],
    )
    def test_a_row_that_cannot_be_counted_is_named_and_not_repeated(self, line, code):
        refused, kept = states(line, "2026-10-01,erik@corp.example,m,500,0,70,1,3,,", part=5)
        assert (refused.code, refused.part, kept.output_tokens) == (code, 5, 70)
        assert refused.line == 2
        assert not {"many", "1.5", "NaN", "501"} & set(refused.detail.split())

    def test_rows_without_figures_state_nothing(self):
        assert states("2026-10-01,dana@corp.example,m,0,0,0,0,,,", "", ",,,,,,,,,") == []

    def test_a_cell_may_span_lines(self):
        first, second = states(
            '2026-10-01,dana@corp.example,m,500,0,70,1,3,,"two\nlines"',
            "2026-10-02,dana@corp.example,m,500,0,70,1,3,,",
        )
        assert (first.line, second.line) == (3, 4)


class TestEvents:
    def test_a_row_is_a_piece_of_work_at_its_own_moment(self):
        header = "Request;Zeit;Wer;Modell;Ein;Aus;Gedacht;Kosten;Dienst"
        lines = rows("r-1;01.10.2026 00:30;dana;gpt-5.5;1.200;40;5;77;yes", header=header)
        (found,) = read(lines, read_mapping(EVENTS))
        assert isinstance(found, UsageEvent)
        assert found.at.isoformat() == "2026-09-30T22:30:00+00:00"
        assert (found.identity, found.identity_kind) == ("dana", "login")
        assert (found.uncached_input_tokens, found.output_tokens) == (1200, 45)
        assert (found.reported_cost_micros, found.is_automation) == (77, True)
        assert found.id == '["r-1"]'


class TestMappings:
    def test_the_one_in_the_documentation_is_read(self):
        text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
        mapping = read_mapping(text.split("```toml\n")[1].split("```")[0].encode())
        assert (mapping.report, mapping.cost_unit) == ("spend-report", "cents")

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumn, match="Prompt tokens") as caught:
            list(read(rows(header="Date (UTC),User,Model"), read_mapping(SPEND)))
        assert caught.value.code == "missing_column"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (b"semantics = ", "neither TOML nor JSON"),
            (b"\xff", "neither TOML nor JSON"),
            (b'semantics = "sum"', "semantics"),
            (b'semantics = "statement"\n[columns]\nmodel = "M"', "`at` or of `day`"),
            (b'semantics = "statement"\n[columns]\nday = "D"\ncolour = "C"', "no field `colour`"),
            (b'semantics = "event"\n[columns]\nat = "A"', "`key`"),
            (SPEND.replace(b"input_includes_cache = true", b""), "input_includes_cache"),
            (SPEND.replace(b"cost_unit", b'zone = "Mars/Olympus"\ncost_unit'), "time zone"),
            (SPEND.replace(b"cost_unit", b'colour = "red"\ncost_unit'), "unknown field"),
            (b"{" + 70_000 * b" " + b"}", "64 KiB"),
        ],
    )
    def test_one_that_does_not_say_enough_is_refused(self, text, words):
        with pytest.raises(UnusableMapping, match=words):
            read_mapping(text)

    def test_cents_and_dollars_differ_by_a_hundred(self):
        line = "2026-10-01,dana@corp.example,m,500,0,70,3.124,3,,"
        dollars = SPEND.replace(b'"cents"', b'"usd"')
        costs = [states(line, mapping=each)[0].reported_cost_micros for each in (SPEND, dollars)]
        assert costs == [31_240, 3_124_000]
        assert Decimal(costs[1]) / costs[0] == 100
