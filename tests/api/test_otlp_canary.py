"""A secret in every attribute that can carry content is sent, and found nowhere afterwards."""

import base64
import json
import logging

import pytest
from django.db import connection
from django.test import Client

from apps.common import actors
from apps.usage import actions as usage
from apps.usage import queries
from apps.usage.formats.otlp import Encoding
from apps.usage.models import SourceDay
from tests.usage.otlp_messages import (
    ANSWERED,
    CODEX,
    COMPLETED,
    GEMINI,
    REQUEST,
    counter,
    encoded,
    histogram,
    logs,
    metrics,
    point,
    record,
)

pytestmark = pytest.mark.django_db
CANARY = "kingfisher-7731-canary"
CONTENT = [
    "prompt", "user_prompt", "prompt_text", "response", "response_text", "assistant_response",
    "request_text", "message", "messages", "content", "body", "body_ref", "text", "arguments",
    "args", "function_args", "tool_input", "tool_output", "tool_parameters", "parameters",
    "output", "input", "result", "command", "bash_command", "full_command", "command_line",
    "file_path", "filePath", "path", "cwd", "error", "error_message", "exception.message",
    "exception.stacktrace", "url", "query", "diff", "gen_ai.prompt", "gen_ai.completion",
    "gen_ai.prompt.0.content", "gen_ai.input.messages", "gen_ai.output.messages",
    "gen_ai.system_instructions", "gen_ai.tool.call.arguments", "gen_ai.tool.definitions",
    "process.command_args", "process.command_line",
]  # fmt: skip
UNKNOWN = [
    "anything", "skill.name", "agent.name", "mcp_tool.name", "user.groups", "organization.id",
    "department", "host.name", "terminal.type", "query_source", "prompt.id", CANARY,
]  # fmt: skip
SECRETS = dict.fromkeys([*CONTENT, *UNKNOWN], CANARY)


def everything_stored():
    """Return all that is in the database, as one text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for each in row:
                    blob = isinstance(each, bytes | memoryview)
                    found.append(bytes(each).decode("latin-1") if blob else str(each))
    return "\n".join(found)


def log_messages():
    """Requests with the secret wherever content can stand, in good records and in bad ones."""
    body = f"the answer was {CANARY}"
    secret = {"severityText": CANARY}
    bad = [{"model": CANARY * 9}, {"input_tokens": CANARY}, {"event.name": "claude_code." + CANARY}]
    yield logs(
        *(
            record({**REQUEST, **SECRETS, **each, "request_id": str(number)}, body=body, **secret)
            for number, each in enumerate([{}, *bad])
        ),
        record({"event.name": "user_prompt", **SECRETS}, body=CANARY),
        record({"event.name": CANARY, **SECRETS}, body=[CANARY]),
        resource={"service.name": "claude-code", **SECRETS},
        library=CANARY,
    )
    yield logs(record({**COMPLETED, **SECRETS}, body=body), resource={**CODEX, **SECRETS})
    tool = {"event.name": "codex.tool_result", "arguments": CANARY, "output": CANARY}
    yield logs(record(tool, body=CANARY), resource=CODEX)
    yield logs(record({**ANSWERED, **SECRETS}, body=body), resource={**GEMINI, **SECRETS})


def metric_messages():
    """The same for points: all counters, a histogram, and metrics that nobody knows."""
    values = {**SECRETS, "user.email": "alice@corp.example", "model": "claude-opus-5"}
    exemplar = {"filteredAttributes": [{"key": "prompt", "value": {"stringValue": CANARY}}]}
    told = [
        point(7, {**values, "type": "input"}, exemplars=[exemplar]),
        point(7, {**values, "type": CANARY}),
        point(7, {**values, "type": "output", "model": CANARY * 9}),
    ]
    known = {**counter("claude_code.token.usage", *told), "description": CANARY, "unit": CANARY}
    general = {**values, "gen_ai.token.type": "input", "gen_ai.request.model": "gpt-5.5"}
    total = {**point(None, general), "count": "1", "sum": 5.0}
    yield metrics(
        known,
        counter("claude_code." + CANARY, point(1, values)),
        {"name": CANARY, "gauge": {"dataPoints": [point(1, values)]}},
        resource={"service.name": "claude-code", **SECRETS},
        library=CANARY,
    )
    yield metrics(
        histogram("gen_ai.client.token.usage", total),
        resource={"service.name": "bot", **SECRETS},
        library="genai",
    )


class TestTheCanary:
    @pytest.mark.parametrize("encoding", list(Encoding))
    def test_it_is_nowhere(self, alice, at, encoding, caplog, capfd):
        caplog.set_level(logging.DEBUG)
        token = usage.add_source(slug="feed", actor=actors.command("tests"), at=at).token
        client = Client(headers={"Authorization": f"Bearer {token}"})
        answers = []
        for url, found in (("logs", log_messages()), ("metrics", metric_messages())):
            for message in found:
                body = encoded(message, encoding)
                assert CANARY.encode() in body
                answers.append(self.post(client, url, body, encoding))
                assert self.post(client, url, body, encoding).status_code == 200
            answers.append(self.post(client, url, CANARY.encode() + b"\xff", encoding))
            answers.append(self.post(client, url, CANARY.encode(), "text/" + CANARY))
        assert [each.status_code for each in answers] == [200] * 4 + [400, 415, 200, 200, 400, 415]
        # The 7 tokens of Claude Code's counter stand beside the same person's events.
        total = sum(row.total_tokens for row in queries.totals(by=["day"]))
        assert total == 49_625 + 12_700 + 36_280 + 5
        dropped = sum(SourceDay.objects.values_list("dropped_attributes", flat=True))
        assert dropped > 4 * len(CONTENT)
        told = capfd.readouterr()
        for place in (
            everything_stored(),
            caplog.text,
            told.out + told.err,
            *(f"{each.content!r}{each.headers}" for each in answers),
        ):
            for form in (CANARY, base64.b64encode(CANARY.encode()).decode(), CANARY[:14]):
                assert form not in place

    def post(self, client, url, body, encoding):
        return client.generic("POST", f"/otlp/v1/{url}", body, content_type=str(encoding))

    def test_the_search_would_find_it(self, alice, at):
        """What is kept as a name on purpose, the model, is found: the search is no empty one."""
        token = usage.add_source(slug="feed", actor=actors.command("tests"), at=at).token
        client = Client(headers={"Authorization": f"Bearer {token}"})
        body = json.dumps(logs(record({**REQUEST, "model": CANARY}))).encode()
        assert self.post(client, "logs", body, Encoding.JSON).status_code == 200
        assert CANARY in everything_stored()
