"""Anthropic's reports: hand-counted pages, cents, groups, rows of one name."""

from datetime import UTC, date, datetime

import pytest

from apps.usage.formats import BUCKETS, Rejected, Statement, Unreadable
from apps.usage.formats.anthropic import read_page
from tests.usage.pages import CANARY, claude_code_row, model_use, page, user_row

AS_OF = datetime(2026, 10, 2, 8, tzinfo=UTC)


def read(content: bytes, as_of: datetime | None = AS_OF) -> list:
    return list(read_page(content, as_of=as_of))


def tokens(found: list) -> tuple[int, ...]:
    stated = [each for each in found if isinstance(each, Statement)]
    return tuple(sum(getattr(each, bucket) for each in stated) for bucket in BUCKETS)


def codes(found: list) -> list[str]:
    return [each.code for each in found if isinstance(each, Rejected)]


class TestClaudeCode:
    def test_a_page_is_what_was_counted_by_hand(self):
        other = claude_code_row(
            "eli@corp.example",
            model_breakdown=[model_use(cents=50.5, input=1), model_use("claude-haiku-4-5", 1)],
        )
        found = read(page(claude_code_row(), other))
        assert tokens(found) == (9_000 + 1 + 9_000, 5_400_000, 192_000, 0, 63_000)
        costs = [each.reported_cost_micros for each in found if each.model]
        assert costs == [3_120_000, 505_000, 10_000]
        assert {each.day for each in found} == {date(2026, 10, 1)}
        assert {each.tool for each in found} == {"claude-code"}
        assert {each.as_of for each in found} == {AS_OF}

    def test_outcomes_stand_apart_and_once_however_many_models_there_are(self):
        row = claude_code_row(model_breakdown=[model_use(), model_use("claude-haiku-4-5")])
        outcomes = [each.outcomes for each in read(page(row)) if each.outcomes]
        assert outcomes == [
            {
                "sessions": 4,
                "lines_added": 210,
                "lines_removed": 80,
                "commits": 3,
                "pull_requests": 1,
                "edits_accepted": 25,
                "edits_rejected": 3,
            }
        ]

    def test_cents_are_no_dollars(self):
        """Read as dollars, 312 cents would be a hundred times the cost."""
        found = [each for each in read(page(claude_code_row())) if each.model]
        naive = 312 * 1_000_000
        assert naive == 100 * found[0].reported_cost_micros

    @pytest.mark.parametrize(
        ("cents", "micros"),
        [(0, 0), (1, 10_000), (0.00005, 1), (0.00004, 0), (12.345678, 123_457), ("7.5", 75_000)],
    )
    def test_cents_become_exact_micro_dollars(self, cents, micros):
        row = claude_code_row(model_breakdown=[model_use(cents=cents)])
        assert read(page(row))[1].reported_cost_micros == micros

    def test_money_of_another_currency_stays_unknown(self):
        use = model_use() | {"estimated_cost": {"currency": "EUR", "amount": 312}}
        assert read(page(claude_code_row(model_breakdown=[use])))[1].reported_cost_micros is None

    def test_remote_and_local_rows_are_two(self):
        found = read(page(claude_code_row(), claude_code_row(is_remote=True)))
        assert len({each.key for each in found}) == 4
        assert tokens(found)[4] == 42_000

    def test_a_key_is_no_person_and_no_automation_until_somebody_says_so(self):
        actor = {"type": "api_actor", "api_key_name": "dana@corp.example"}
        found = read(page(claude_code_row(actor=actor)))
        assert {each.identity for each in found} == {"api-key:dana@corp.example"}
        assert {each.identity_kind for each in found} == {"login"}
        assert not any(each.is_automation for each in found)

    def test_a_day_is_utc_whatever_the_offset(self):
        found = read(page(claude_code_row(date="2026-10-01T23:30:00-02:00")))
        assert {each.day for each in found} == {date(2026, 10, 2)}

    def test_a_model_named_twice_is_refused(self):
        row = claude_code_row(model_breakdown=[model_use(), model_use(cents=1)])
        assert codes(read(page(row))) == ["ambiguous"]


class TestUserUsage:
    def test_a_page_is_what_was_counted_by_hand(self):
        chat = user_row(product="chat", requests=2)
        found = read(page(user_row(), chat, user_row("user_02", "eli@corp.example")))
        assert tokens(found) == (27_000, 5_400_000, 180_000, 12_000, 63_000)
        assert [each.tool for each in found] == ["claude-code", "claude", "claude-code"]
        assert [each.events for each in found] == [128, 2, 128]
        assert len({each.key for each in found}) == 3

    @pytest.mark.parametrize(
        ("product", "tool"),
        [
            ("cowork", "claude-cowork"),
            ("claude_in_chrome", "claude-in-chrome"),
            ("office_agent", "claude-office-agent"),
            (None, "claude"),
        ],
    )
    def test_each_product_is_a_tool(self, product, tool):
        assert read(page(user_row(product=product)))[0].tool == tool

    def test_rows_by_group_overlap_and_are_never_added(self):
        """Two groups of one person would count each token twice."""
        rows = [user_row(rbac_group_id=group) for group in ("g1", "g2")]
        naive = sum(row["total_tokens"] for row in rows)
        found = read(page(*rows, user_row(rbac_group_id=None)))
        assert codes(found) == ["overlapping_groups"] * 2
        assert naive == 2 * sum(tokens(found))

    def test_after_deletion_the_number_stands_for_the_address(self):
        gone = read(page(user_row(email=None)))[0]
        present = read(page(user_row()))[0]
        assert (gone.identity, gone.identity_kind) == ("user_01x", "account_id")
        assert (present.identity, present.identity_kind) == ("dana@corp.example", "")
        assert gone.key == present.key

    def test_a_total_that_is_no_sum_is_refused(self):
        for total in (1_893_999, 1_894_001):
            assert codes(read(page(user_row(total_tokens=total)))) == ["total_mismatch"]
        assert not codes(read(page(user_row(total_tokens=None))))

    def test_a_span_of_days_cannot_be_cut(self):
        row = user_row(ending_at="2026-10-08T00:00:00Z")
        assert codes(read(page(row))) == ["not_a_day"]

    def test_costs_are_cents_in_a_decimal_string(self):
        row = user_row(amount="123.78912", currency="USD", cost_type="tokens", token_type="output")
        row = {name: each for name, each in row.items() if not name.endswith("tokens")}
        row.pop("cache_creation")
        [cost] = read(page(row))
        assert cost.reported_cost_micros == 1_237_891
        assert cost.report == "anthropic.user_cost"
        assert tokens([cost]) == (0, 0, 0, 0, 0)

    def test_a_saved_page_is_as_old_as_it_says(self):
        refreshed = "2026-10-02T08:00:00Z"
        content = page(user_row(), data_refreshed_at=refreshed)
        assert read(content, None)[0].as_of == AS_OF
        later = datetime(2026, 10, 3, tzinfo=UTC)
        assert read(content, later)[0].as_of == later
        assert read(page(user_row()), None)[0].as_of is None


class TestMessages:
    def test_a_page_is_what_was_counted_by_hand(self):
        result = {
            "uncached_input_tokens": 10,
            "cache_read_input_tokens": 200,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
            "output_tokens": 50,
            "model": "claude-opus-4-6",
            "api_key_id": "apikey_1",
        }
        by_service = result | {"service_account_id": "svc_1", "api_key_id": None}
        bucket = {
            "starting_at": "2026-10-01T00:00:00Z",
            "ending_at": "2026-10-02T00:00:00Z",
            "results": [result, by_service],
        }
        found = read(page(bucket))
        assert tokens(found) == (20, 400, 6, 8, 100)
        assert [each.is_automation for each in found] == [False, True]
        assert [each.identity for each in found] == ["apikey_1", "svc_1"]

    def test_hours_of_a_day_are_rows_of_their_own(self):
        hours = [
            {
                "starting_at": f"2026-10-01T{hour:02}:00:00Z",
                "results": [{"output_tokens": 1, "account_id": "a", "model": "m"}],
            }
            for hour in range(24)
        ]
        found = read(page(*hours))
        assert (len({each.key for each in found}), tokens(found)[4]) == (24, 24)


class TestBadPages:
    @pytest.mark.parametrize(
        "content",
        [b"", b"<html>", b"[]", b'{"data": 3}', b'{"error": "no"}', page(user_row())[:-20]],
    )
    def test_what_is_no_page_is_unreadable(self, content):
        with pytest.raises(Unreadable):
            read(content)

    @pytest.mark.parametrize(
        "row",
        [
            {},
            3,
            {"actor": None, "starting_at": "2026-10-01T00:00:00Z"},
            user_row(output_tokens=-1),
            user_row(output_tokens=CANARY),
            user_row(model="\x00"),
            user_row(output_tokens=10**13, total_tokens=None),
            claude_code_row(date="2026-10-01"),
            claude_code_row(model_breakdown=[model_use(cents=-1)]),
            claude_code_row(model_breakdown=[model_use(cents=10**9)]),
            {"results": CANARY, "starting_at": "2026-10-01T00:00:00Z"},
        ],
    )
    def test_a_bad_row_is_refused_alone_and_quoted_nowhere(self, row):
        found = read(page(user_row(), row))
        assert len(codes(found)) == 1
        assert tokens(found)[4] == 21_000
        assert CANARY not in str(found)

    def test_rows_of_one_name_that_differ_are_refused_and_equal_ones_are_one(self):
        found = read(page(user_row(), user_row(), user_row(output_tokens=1, total_tokens=None)))
        assert codes(found) == ["ambiguous"]
        assert len({each.key for each in found if isinstance(each, Statement)}) == 1

    def test_content_is_not_read(self):
        found = read(page(claude_code_row(), user_row()))
        assert CANARY not in str(found)
