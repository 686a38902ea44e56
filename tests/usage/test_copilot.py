"""Copilot's rows: tokens of the command line alone, activity of editors beside them."""

import json
from datetime import UTC, date, datetime

import pytest

from apps.usage import prices
from apps.usage.formats import Rejected, Statement, Unreadable
from apps.usage.formats.copilot import read_page
from tests.usage.pages import CANARY, copilot_row, lines

AS_OF = datetime(2026, 10, 2, 8, tzinfo=UTC)


def read(content: bytes) -> list:
    return list(read_page(content, as_of=AS_OF))


class TestRows:
    def test_a_report_is_what_was_counted_by_hand(self):
        found = read(lines(copilot_row(), copilot_row("eli-gh", user_id=78, totals_by_cli=None)))
        assert sum(each.uncached_input_tokens for each in found) == 3_800
        assert sum(each.output_tokens for each in found) == 5_000
        assert [each.tool for each in found] == ["copilot", "copilot-cli", "copilot-cli", "copilot"]
        editor, cli = found[0].outcomes, found[1].outcomes
        assert editor == {
            "interactions": 12,
            "edits_accepted": 6,
            "lines_added": 40,
            "lines_removed": 7,
        }
        assert cli == {"sessions": 2, "interactions": 5}
        assert {each.day for each in found} == {date(2026, 10, 1)}
        assert {each.identity for each in found} == {"dana-gh", "eli-gh"}

    def test_an_editor_has_no_tokens(self):
        [found] = read(lines(copilot_row(totals_by_cli=None)))
        assert found.model == ""

    def test_no_model_is_named_so_no_price_is_known(self):
        [_, _, found] = read(lines(copilot_row()))
        assert prices.rates_at(found.provider, found.model, int(AS_OF.timestamp())) is None

    def test_a_row_of_another_entity_is_another_row(self):
        rows = lines(copilot_row(), copilot_row(organization_id=None, enterprise_id="1"))
        assert len({each.key for each in read(rows)}) == 6

    def test_without_a_login_the_number_stands_for_whoever_it_was(self):
        found = read(lines(copilot_row(login=None)))
        assert {(each.identity, each.identity_kind) for each in found} == {
            ("github:77", "account_id")
        }

    def test_a_login_is_no_address(self):
        [found] = read(lines(copilot_row("dana@corp.example")))
        assert found.code == "invalid_value"

    def test_an_array_is_read_too(self):
        rows = json.dumps([copilot_row()]).encode()
        assert len(read(rows)) == 3
        with pytest.raises(Unreadable):
            read(rows[:-5])

    def test_a_bad_line_is_refused_alone_with_its_number(self):
        found = read(lines(copilot_row()) + b"\n{oops\n" + lines(copilot_row("eli", user_id=1)))
        assert [each.line for each in found if isinstance(each, Rejected)] == [3]
        assert sum(isinstance(each, Statement) for each in found) == 6
        assert CANARY not in str(found)
