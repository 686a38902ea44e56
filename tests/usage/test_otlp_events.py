"""Events of Claude Code, Codex and Gemini CLI in OTLP logs, with totals counted by hand."""

from datetime import UTC, datetime

import pytest

from apps.usage.formats import Dropped, Rejected
from apps.usage.formats.otlp import Encoding, Tally
from tests.usage.otlp_messages import (
    ANSWERED,
    CODEX,
    COMPLETED,
    GEMINI,
    REQUEST,
    SECOND,
    START,
    buckets,
    codes,
    logs,
    read,
    record,
)

BOTH = pytest.mark.parametrize("encoding", list(Encoding))


def without(values, *names):
    return {name: each for name, each in values.items() if name not in names}


@BOTH
class TestClaudeCode:
    def test_a_request_is_counted_in_exclusive_buckets(self, encoding):
        (event,) = read(logs(record(REQUEST)), encoding)
        assert buckets([event]) == {
            "uncached_input": 3,
            "cache_read": 48_210,
            "cache_write_5m": 900,
            "output": 512,
        }
        assert event.total_tokens == 3 + 48_210 + 900 + 512
        assert event.reported_cost_micros == 41_870
        assert (event.tool, event.provider, event.model) == (
            "claude-code",
            "anthropic",
            "claude-opus-5",
        )
        assert (event.identity, event.identity_kind) == ("alice@corp.example", "email")
        assert (event.session, event.version, event.keyed_by) == ("s-1", "2.1.230", "id_and_time")
        assert event.at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
        assert not event.is_automation

    def test_numbers_may_be_texts_and_costs_dollars(self, encoding):
        texts = {
            name: str(each) if isinstance(each, int) else each for name, each in REQUEST.items()
        }
        (event,) = read(logs(record(without(texts, "cost_usd_micros"))), encoding)
        assert event.total_tokens == 49_625
        assert event.reported_cost_micros == 41_870

    @pytest.mark.parametrize(
        ("resource", "library", "name", "body"),
        [
            ("claude-code", "x", "api_request", None),
            ("claude-code-desktop", "x", "api_request", None),
            ("", "com.anthropic.claude_code.events", "api_request", None),
            ("", "x", "claude_code.api_request", None),
            ("", "x", "api_request", "claude_code.api_request"),
            ("", "x", None, "claude_code.api_request"),
            ("claude-code", "x", None, "api_request"),
        ],
    )
    def test_it_is_known_by_service_library_or_name(self, encoding, resource, library, name, body):
        values = without(REQUEST, "event.name")
        if name:
            values["event.name"] = name
        named = {"service.name": resource} if resource else {}
        message = logs(record(values, body=body), resource=named, library=library)
        tally = Tally()
        (event,) = read(message, encoding, tally)
        assert event.total_tokens == 49_625
        assert (tally.ignored, tally.dropped, tally.records) == (0, 0, 1)

    def test_a_request_of_somebody_else_is_left_out(self, encoding):
        tally = Tally()
        message = logs(record(REQUEST), resource={"service.name": "shop"}, library="shop")
        assert read(message, encoding, tally) == []
        assert tally.ignored == 1

    def test_other_events_are_left_out(self, encoding):
        tally = Tally()
        others = [
            record({**REQUEST, "event.name": name})
            for name in ("api_error", "user_prompt", "subagent_completed", "tool_result")
        ]
        assert read(logs(*others), encoding, tally) == []
        assert tally.ignored == 4

    def test_the_id_is_the_request_then_the_clients_then_the_place_in_the_session(self, encoding):
        fewer = [REQUEST]
        for name, more in (
            ("request_id", {"client_request_id": "c"}),
            ("client_request_id", {}),
            ("event.sequence", {}),
        ):
            fewer.append({**without(fewer[-1], name), **more})
        found = read(logs(*(record(each) for each in fewer)), encoding)
        ids = [event.id for event in found]
        assert ids[:3] == ["request\x1freq_0x", "client\x1fc", "place\x1fs-1\x1f41"]
        assert len(set(ids)) == 4
        again = read(logs(*(record(each) for each in fewer)), encoding)
        assert [event.id for event in again] == ids

    def test_the_first_event_of_a_session_has_a_place(self, encoding):
        values = without({**REQUEST, "event.sequence": 0}, "request_id")
        (event,) = read(logs(record(values)), encoding)
        assert event.id == "place\x1fs-1\x1f0"


@BOTH
class TestTimes:
    def test_its_own_time_then_the_attribute_then_when_it_was_observed(self, encoding):
        observed = str(START + 5 * SECOND)
        records = [
            record(REQUEST, time=START + SECOND, observedTimeUnixNano=observed),
            record(REQUEST, time=None, observedTimeUnixNano=observed),
            record(without(REQUEST, "event.timestamp"), time=0, observedTimeUnixNano=observed),
        ]
        found = read(logs(*records), encoding)
        assert [event.at.second for event in found] == [21, 20, 25]

    def test_without_any_time_it_is_refused(self, encoding):
        values = without(REQUEST, "event.timestamp")
        assert codes(read(logs(record(values, time=None)), encoding)) == ["missing_field"]
        values["event.timestamp"] = "yesterday"
        assert codes(read(logs(record(values, time=None)), encoding)) == ["missing_field"]

    def test_a_time_beyond_64_bits_is_refused(self, encoding):
        found = read(logs(record(REQUEST, time=2**63)), encoding)
        assert codes(found) == ["invalid_value"]


@BOTH
class TestCodex:
    def test_cached_input_is_taken_off_the_input(self, encoding):
        (event,) = read(logs(record(COMPLETED), resource=CODEX, library="codex"), encoding)
        assert buckets([event]) == {
            "uncached_input": 3_000,
            "cache_read": 9_000,
            "cache_write_5m": 0,
            "output": 700,
        }
        # What it calls the tool's tokens is its own total.
        assert event.total_tokens == int(COMPLETED["tool_token_count"])
        assert (event.tool, event.provider, event.session) == ("codex", "openai", "c-1")
        assert (event.identity, event.version) == ("bob@corp.example", "0.50.0")
        assert event.entrypoint == "codex_cli_rs"

    def test_more_cached_than_read_is_refused_and_not_guessed(self, encoding):
        values = {**COMPLETED, "cached_token_count": "12001"}
        (found,) = read(logs(record(values), resource=CODEX), encoding)
        assert (found.line, found.code) == (1, "inconsistent_counts")
        assert "12001" not in found.detail

    def test_other_kinds_and_failed_responses_are_left_out(self, encoding):
        tally = Tally()
        failed = without(COMPLETED, "input_token_count", "output_token_count")
        others = {**COMPLETED, "event.kind": "response.output_item.done"}
        found = read(logs(record(failed), record(others), resource=CODEX), encoding, tally)
        assert found == []
        assert tally.ignored == 2

    def test_the_id_is_conversation_time_and_counts(self, encoding):
        later = {**COMPLETED, "event.timestamp": "2026-09-21T14:13:20.124Z"}
        more = {**COMPLETED, "output_token_count": "701"}
        message = logs(*map(record, (COMPLETED, COMPLETED, later, more)), resource=CODEX)
        ids = [event.id for event in read(message, encoding)]
        assert ids[0] == ids[1]
        assert len(set(ids)) == 3


@BOTH
class TestGemini:
    def test_thoughts_come_on_top_and_the_cache_is_within(self, encoding):
        (event,) = read(logs(record(ANSWERED), resource=GEMINI, library="gemini-cli"), encoding)
        assert buckets([event]) == {
            "uncached_input": 33_779 - 9_513,
            "cache_read": 9_513,
            "cache_write_5m": 0,
            "output": 390 + 2_111,
        }
        assert event.total_tokens == ANSWERED["total_token_count"]
        assert (event.tool, event.provider) == ("gemini-cli", "google")
        assert (event.identity, event.identity_kind) == ("inst-1", "installation_id")

    def test_its_general_event_of_the_same_response_is_left_out(self, encoding):
        general = {
            "event.name": "gen_ai.client.inference.operation.details",
            "gen_ai.usage.input_tokens": 33_779,
            "gen_ai.usage.output_tokens": 390,
            "gen_ai.request.model": "gemini-3-pro",
        }
        message = logs(record(ANSWERED), record(general), resource=GEMINI)
        assert len(read(message, encoding)) == 1

    def test_a_run_without_a_person_says_so(self, encoding):
        message = logs(record({**ANSWERED, "interactive": False}), resource=GEMINI)
        (event,) = read(message, encoding)
        assert event.entrypoint == "non-interactive"


@BOTH
class TestClaims:
    @pytest.mark.parametrize(
        ("own", "shared", "claim"),
        [
            ({"user.email": "a@corp.example", "user.id": "i"}, {}, ("a@corp.example", "email")),
            ({"user.id": "i"}, {"user.email": "a@corp.example"}, ("a@corp.example", "email")),
            (
                {"user.email": "a@corp.example"},
                {"user.email": "b@corp.example"},
                ("a@corp.example", "email"),
            ),
            ({"user.account_id": "user_01", "user.id": "i"}, {}, ("user_01", "account_id")),
            ({"user.account_uuid": "u-1", "user.id": "i"}, {}, ("u-1", "account_id")),
            ({"user.id": "i"}, {}, ("i", "installation_id")),
            ({"user.email": " ", "user.id": "i"}, {}, ("i", "installation_id")),
            ({"user.email": "x" * 255, "user.id": "i"}, {}, ("i", "installation_id")),
            (
                {"identity.source": "gateway-oidc", "user.email": "a@corp.example"},
                {"user.email": "b@corp.example"},
                ("a@corp.example", "email"),
            ),
            (
                {"identity.source": "gateway-oidc", "user.id": "sub-1"},
                {"user.email": "set@corp.example"},
                ("sub-1", "account_id"),
            ),
            ({}, {}, (None, "")),
        ],
    )
    def test_the_best_claim_is_given(self, encoding, own, shared, claim):
        values = {**without(REQUEST, "user.email", "user.id"), **own}
        message = logs(record(values), resource={"service.name": "claude-code", **shared})
        (event,) = read(message, encoding)
        assert (event.identity, event.identity_kind) == claim


@BOTH
class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"input_tokens": -1}, "negative_count"),
            ({"input_tokens": 10**12 + 1}, "too_large"),
            ({"input_tokens": "many"}, "invalid_value"),
            ({"input_tokens": "9" * 50}, "invalid_value"),
            ({"input_tokens": 1.5}, "invalid_value"),
            ({"input_tokens": True}, "invalid_value"),
            ({"input_tokens": ["1"]}, "invalid_value"),
            ({"input_tokens": "nan"}, "invalid_value"),
            ({"input_tokens": "1e300"}, "too_large"),
            ({"cost_usd_micros": 10_000_000_001}, "too_large"),
            ({"model": ""}, "missing_field"),
            ({"model": "m" * 121}, "invalid_value"),
            ({"model": "a\x00b"}, "invalid_value"),
            ({"model": 5}, "invalid_value"),
        ],
    )
    def test_each_has_its_code_and_the_others_count(self, encoding, values, code):
        bad = record({**REQUEST, **values})
        found = read(logs(record(REQUEST), bad, record(REQUEST)), encoding)
        assert [type(each) is Rejected for each in found] == [False, True, False]
        assert (found[1].line, found[1].code) == (2, code)

    def test_a_request_without_any_count_is_refused(self, encoding):
        names = [name for name in REQUEST if name.endswith("_tokens")]
        assert codes(read(logs(record(without(REQUEST, *names))), encoding)) == ["missing_field"]


@BOTH
class TestContent:
    def test_it_is_counted_and_left_unread(self, encoding):
        content = {
            "prompt": "secret",
            "response_text": "secret",
            "tool_input": "secret",
            "tool_parameters": "secret",
            "arguments": "secret",
            "output": "secret",
            "body": "secret",
            "error": "secret",
            "gen_ai.input.messages": "secret",
            "gen_ai.prompt.0.content": "secret",
            "gen_ai.system_instructions": "secret",
            "filePath": "secret",
            "n" * 201: "secret",
        }
        plain = {"prompt.id": "p", "prompt_length": 7, "decision_source": "x", "error.type": "x"}
        message = logs(
            record({**REQUEST, **content, **plain}, body="what I asked"),
            resource={"service.name": "claude-code", "process.command_line": "secret"},
        )
        event, dropped = read(message, encoding)
        assert event.total_tokens == 49_625
        assert dropped == Dropped(len(content) + 2)
        assert "secret" not in repr(event)

    def test_names_made_up_by_senders_do_not_fill_the_memory(self, encoding):
        from apps.usage.formats.otlp import content

        many = {f"made.up.{number}": "x" for number in range(6_000)}
        assert len(read(logs(record({**REQUEST, **many})), encoding)) == 1
        assert len(content.KNOWN) <= 4_096
