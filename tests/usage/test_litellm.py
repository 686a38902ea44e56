"""LiteLLM: what a prompt includes is decided by the row's own figures; content is never read."""

import json

import pytest

from apps.usage.formats import Dropped, Rejected, Statement, Unreadable, UsageEvent, litellm
from apps.usage.formats.litellm_daily import read_page, read_pages, read_rows
from tests.usage.litellm import OPUS, cached, day, key_share, metrics, page, row, rows

TRUTH = (3, 48_210, 900, 512)


def read(*found, **given):
    return list(litellm.read(rows(*found), **given))


def buckets(found):
    return (
        found.uncached_input_tokens,
        found.cache_read_tokens,
        found.cache_write_5m_tokens + found.cache_write_1h_tokens,
        found.output_tokens,
    )


class TestARequest:
    def test_it_is_an_event_under_its_own_name(self):
        (found,) = read(row())
        assert isinstance(found, UsageEvent)
        assert (found.id, found.model, found.provider) == ("chatcmpl-1", OPUS, "anthropic")
        assert (found.identity, found.identity_kind) == ("dana@corp.example", "email")
        assert (found.session, found.reported_cost_micros) == ("s-1", 41_900)
        assert buckets(found) == TRUTH

    @pytest.mark.parametrize(
        "told",
        [
            # The prompt includes all, and the total says so.
            {"prompt_tokens": 49_113, "total_tokens": 49_625},
            # It includes what was read, not what was written.
            {"prompt_tokens": 48_213, "total_tokens": 48_725},
            # The same with a total of everything.
            {"prompt_tokens": 48_213, "total_tokens": 49_625},
            # It includes neither, and the total is of the same kind, or of everything.
            {"prompt_tokens": 3, "total_tokens": 515},
            {"prompt_tokens": 3, "total_tokens": 49_625},
            {"prompt_tokens": 3, "total_tokens": None},
        ],
    )
    def test_what_the_prompt_includes_is_told_by_the_figures(self, told):
        (found,) = read(row(**told))
        assert buckets(found) == TRUTH

    @pytest.mark.parametrize(
        ("prompt", "usage"),
        [
            (60_000, cached(1000, 500, prompt_tokens=61_500, total_tokens=62_012)),
            (60_000, cached(1000, 500, prompt_tokens_details={"text_tokens": 60_000})),
            (61_500, cached(1000, 500, prompt_tokens_details={"text_tokens": 60_000})),
            (61_000, cached(1000, 500, prompt_tokens_details={"text_tokens": 60_000})),
            (61_500, cached(1000, 500, prompt_tokens=61_500, prompt_tokens_details=None)),
            (
                61_500,
                {"prompt_tokens_details": {"cached_tokens": 1000, "cache_creation_tokens": 500}},
            ),
            (99_999, {"input_tokens": 60_000, **cached(1000, 500)}),
        ],
    )
    def test_much_new_input_is_told_by_the_usage_object(self, prompt, usage):
        told = row(
            prompt_tokens=prompt, total_tokens=prompt + 512, metadata={"usage_object": usage}
        )
        (found,) = read(told)
        assert buckets(found) == (60_000, 1000, 500, 512)

    def test_openai_always_includes_the_cache(self):
        usage = cached(800, 0, prompt_tokens_details={"text_tokens": 1000})
        (found,) = read(
            row(
                custom_llm_provider="openai",
                model="openai/gpt-5.5",
                prompt_tokens=1000,
                total_tokens=1512,
                metadata={"usage_object": usage},
            )
        )
        assert buckets(found) == (200, 800, 0, 512)
        assert (found.model, found.provider) == ("gpt-5.5", "openai")

    def test_metadata_may_be_text_as_in_a_dump_of_the_table(self):
        told = row()
        told["metadata"] = json.dumps(told["metadata"])
        told["startTime"] = "2026-10-01 10:00:01.500"
        (found,) = read(told)
        assert buckets(found) == TRUTH
        assert found.at.isoformat() == "2026-10-01T10:00:01.500000+00:00"

    def test_writes_are_split_by_lifetime_where_it_is_told(self):
        lifetimes = {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 300}
        usage = cached(48_210, 900, cache_creation=lifetimes)
        (found,) = read(row(metadata={"usage_object": usage}))
        assert (found.cache_write_5m_tokens, found.cache_write_1h_tokens) == (600, 300)

    def test_what_failed_without_tokens_is_passed_over(self):
        nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "spend": 0.0}
        assert read(row(status="failure", metadata={}, **nothing)) == []
        (kept,) = read(row(status="failure"))
        assert buckets(kept) == TRUTH

    def test_content_is_counted_and_not_read(self):
        broken = b'{"request_id":"r","startTime":"2026-10-01T10:00:00Z","model":"m",'
        broken += b'"prompt_tokens":5,"messages":[{"content":"\\ud800"}],"response":"x",'
        broken += b'"proxy_server_request":{"a":1},"requester_ip_address":"192.0.2.7"}'
        event, dropped = litellm.read([(1, broken)])
        assert event.uncached_input_tokens == 5
        assert dropped == Dropped(4)
        assert [type(each) for each in read(row(messages="{}", response=[]))] == [UsageEvent]

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"user": "u-17"}, ("u-17", "account_id")),
            ({"user": "", "end_user": "eli@corp.example", "api_key": ""}, (None, "")),
            ({"user": "", "end_user": "e-1", "api_key": "9f9f"}, ("key:9f9f", "account_id")),
            ({"user": None, "api_key": "9f9f"}, ("key:9f9f", "account_id")),
            ({"user": " ", "api_key": "sk-secret"}, (None, "")),
            (
                {"metadata": {"user_api_key_user_email": "e@corp.example"}},
                ("e@corp.example", "email"),
            ),
        ],
    )
    def test_who_asked_is_a_claim(self, given, expected):
        (found,) = read(row(**given))
        assert (found.identity, found.identity_kind) == expected

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"request_id": ""}, "missing_field"),
            ({"startTime": None, "endTime": None}, "missing_field"),
            ({"model": None}, "missing_field"),
            ({"startTime": "noon"}, "invalid_value"),
            ({"prompt_tokens": -2_147_483_648}, "negative_count"),
            ({"completion_tokens": 10**13}, "too_large"),
            ({"spend": 10_001.0}, "too_large"),
            ({"spend": -1.0}, "negative_count"),
            ({"metadata": {"usage_object": []}}, "invalid_value"),
            ({"model": "a\x00b"}, "invalid_value"),
        ],
    )
    def test_a_row_that_cannot_be_counted_is_named(self, given, code):
        refused, kept = read(row(**given), row(2), part=3)
        assert (refused.line, refused.code, refused.part) == (1, code, 3)
        assert buckets(kept) == TRUTH

    def test_a_row_that_is_too_long_is_named(self):
        assert [each.code for each in litellm.read([(7, None)])] == ["too_large"]


class TestDailyActivity:
    def test_each_key_states_each_model(self):
        shares = {"k1": key_share("u-1", 1000, 50, 900), "k2": key_share(None, 10, 5)}
        told = day(opus=shares, mini={"k1": key_share("u-1", 7, 3, email="dana@corp.example")})
        found = list(read_page(page(told)))
        assert [type(each) for each in found] == [Statement] * 3
        assert [(each.identity, each.identity_kind) for each in found] == [
            ("u-1", "account_id"),
            ("key:k2", "account_id"),
            ("dana@corp.example", "email"),
        ]
        assert [buckets(each) for each in found] == [(100, 900, 0, 50), (10, 0, 0, 5), (7, 0, 0, 3)]
        assert {each.day.isoformat() for each in found} == {"2026-10-01"}
        assert {(each.events, each.reported_cost_micros) for each in found} == {(4, 250_000)}

    def test_what_keys_leave_of_a_model_is_not_lost_unseen(self):
        told = day(opus={"k1": key_share("u-1", 1000, 50)})
        told["breakdown"]["models"][OPUS]["metrics"] = metrics(1500, 60)
        listed, refused = read_page(page(told))
        assert (buckets(listed), refused.code) == ((1000, 0, 0, 50), "unattributed")
        _, rest = read_page(page(told), identity="dana@corp.example")
        assert (rest.identity, buckets(rest)) == ("dana@corp.example", (500, 0, 0, 10))

    def test_pages_of_one_reading_add_up(self):
        parts = [day(opus={"k1": key_share("u-1", 1000, 50)}) for _ in range(3)]
        pages = [page(each, number=place, of=3) for place, each in enumerate(parts, start=1)]
        (found,) = read_pages(pages)
        assert (buckets(found), found.events) == ((3000, 0, 0, 150), 12)
        (refused,) = read_pages(pages[:2])
        assert isinstance(refused, Rejected)
        assert refused.code == "incomplete_pages"

    def test_a_sum_over_all_models_is_refused(self):
        told = {"date": "2026-10-01", "metrics": metrics(10, 5), "breakdown": {"models": {}}}
        assert [each.code for each in read_page(page(told))] == ["missing_field"]

    @pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"results": 5}'])
    def test_what_is_no_page_is_unreadable(self, text):
        with pytest.raises(Unreadable):
            list(read_page(text))

    def test_rows_of_the_table_state_themselves(self):
        told = {
            "id": "x", "user_id": "dana@corp.example", "date": "2026-10-01", "api_key": "k1",
            "model": OPUS, "custom_llm_provider": "anthropic", **metrics(1000, 50, 900, 50),
        }  # fmt: skip
        first, second = read_rows(rows(told, {**told, "endpoint": "/v1/messages"}))
        assert buckets(first) == (50, 900, 50, 50)
        assert (first.identity, first.provider) == ("dana@corp.example", "anthropic")
        assert first.key != second.key
