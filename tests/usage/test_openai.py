"""OpenAI's reports: cached tokens once, costs as numbers or strings, identities by id."""

from datetime import UTC, date, datetime

import pytest

from apps.usage.formats import Rejected, Statement, Unreadable
from apps.usage.formats.openai import read_page
from tests.usage.pages import CANARY, completions, openai_page, page

AS_OF = datetime(2026, 10, 2, 8, tzinfo=UTC)


def read(content: bytes) -> list:
    return list(read_page(content, as_of=AS_OF))


class TestCompletions:
    def test_a_page_is_what_was_counted_by_hand(self):
        found = read(openai_page(completions(), completions(user_id="user-b", batch=True)))
        assert sum(each.uncached_input_tokens for each in found) == 600_000
        assert sum(each.cache_read_tokens for each in found) == 1_800_000
        assert sum(each.output_tokens for each in found) == 80_000
        assert sum(each.events for each in found) == 620
        assert {each.day for each in found} == {date(2026, 10, 1)}
        assert {(each.identity, each.identity_kind) for each in found} == {
            ("user-abc", "account_id"),
            ("user-b", "account_id"),
        }

    def test_cached_tokens_count_once(self):
        """Input already holds what was cached: adding both is 1.75 times the input."""
        [found] = read(openai_page(completions()))
        naive = 1_200_000 + 900_000
        assert naive / (found.uncached_input_tokens + found.cache_read_tokens) == 1.75

    def test_every_group_is_part_of_the_name(self):
        rows = [
            completions(),
            completions(model="gpt-5-mini"),
            completions(project_id="proj_y"),
            completions(api_key_id="key_1"),
            completions(batch=True),
            completions(service_tier="flex"),
        ]
        assert len({each.key for each in read(openai_page(*rows))}) == 6

    @pytest.mark.parametrize(
        ("given", "who"),
        [
            ({"user_id": None, "api_key_id": "key_1"}, "key_1"),
            ({"user_id": None}, "proj_x"),
            ({"user_id": None, "project_id": None}, None),
        ],
    )
    def test_the_nearest_id_stands_for_whoever_it_was(self, given, who):
        [found] = read(openai_page(completions(**given)))
        assert found.identity == who

    def test_more_cached_than_given_is_refused(self):
        [found] = read(openai_page(completions(input_cached_tokens=1_200_001)))
        assert found.code == "inconsistent_tokens"


class TestCosts:
    @pytest.mark.parametrize("value", [0.06, "0.06", "6e-2"])
    def test_an_amount_may_be_a_number_or_a_string_of_dollars(self, value):
        result = {
            "object": "organization.costs.result",
            "amount": {"value": value, "currency": "usd"},
            "line_item": "gpt-5, cached input",
            "project_id": "proj_x",
        }
        [found] = read(openai_page(result))
        assert (found.reported_cost_micros, found.model) == (60_000, "gpt-5")
        assert (found.report, found.output_tokens) == ("openai.costs", 0)


class TestBadPages:
    def test_what_is_no_page_is_unreadable(self):
        for content in (b"", b"<html>", openai_page(completions())[:-9]):
            with pytest.raises(Unreadable):
                read(content)

    @pytest.mark.parametrize(
        "row",
        [
            {"results": CANARY},
            {"start_time": -1, "results": []},
            {"start_time": 2**40, "results": []},
            {"start_time": 0, "end_time": 900_000, "results": [completions()]},
            {"start_time": 0, "results": [completions(output_tokens=CANARY)]},
        ],
    )
    def test_a_bad_bucket_or_result_is_refused_alone(self, row):
        found = read(page(row, {"start_time": 0, "results": [completions()]}))
        assert [type(each) for each in found] == [Rejected, Statement]
        assert CANARY not in str(found)
