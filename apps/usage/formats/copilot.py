"""
Rows of GitHub Copilot's daily report per user: one JSON object per line.

Only the command line tool reports tokens; its prompts cannot be split into
cached and uncached, and its model is not named. What people do in editors has
activity and no tokens. The two are apart in the report: neither holds the other
(GitHub's reference of Copilot usage metrics).
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

import msgspec

from apps.usage.formats import Outcome, Reported, Statement, Unreadable
from apps.usage.formats.reports import BadRow, Count, Name, first_known, key, read_rows

USERS_REPORT = "copilot.users"
PROVIDER = "github"
EDITOR_TOOL = "copilot"
CLI_TOOL = "copilot-cli"
MODEL = "copilot-cli-unnamed"
"""Stands where a model's name would: no price is known for it."""


class _TokenUse(msgspec.Struct, gc=False):
    prompt_tokens_sum: Count = 0
    output_tokens_sum: Count = 0


class _CommandLine(msgspec.Struct, gc=False):
    session_count: Count = 0
    request_count: Count = 0
    prompt_count: Count = 0
    token_usage: _TokenUse | None = None


class _Row(msgspec.Struct, gc=False):
    day: date
    user_login: Name | None = None
    user_id: int | Name | None = None
    enterprise_id: int | Name | None = None
    organization_id: int | Name | None = None
    user_initiated_interaction_count: Count = 0
    code_acceptance_activity_count: Count = 0
    loc_added_sum: Count = 0
    loc_deleted_sum: Count = 0
    totals_by_cli: _CommandLine | None = None


_decoder = msgspec.json.Decoder(_Row)
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def read_page(page: bytes, *, as_of: datetime | None = None, part: int = 0) -> Iterator[Reported]:
    """
    Yield what lines, or the elements of an array, state; empty lines state nothing.

    Raises Unreadable for an array that is not whole.
    """
    rows: list[Any] = page.split(b"\n")
    if page.lstrip()[:1] == b"[":
        try:
            rows = list(_array_decoder.decode(page))
        except (ValueError, RecursionError):
            raise Unreadable("This is no array of rows.") from None
    yield from read_rows(rows, partial(_row, as_of=as_of, part=part), part=part)


def _row(raw: msgspec.Raw | bytes, line: int, **given: Any) -> Iterator[Statement]:
    if isinstance(raw, bytes) and not raw.strip():
        return
    row = _decoder.decode(raw)
    login = row.user_login
    if login and "@" in login:
        raise BadRow("invalid_value", "`user_login` is no login.")
    number = "" if row.user_id is None else str(row.user_id)
    who, kind = first_known((login, ""), (number and f"github:{number}", "account_id"))
    names = (row.user_id or login, row.day, row.enterprise_id, row.organization_id)
    shared: dict[str, Any] = {
        "line": line,
        "report": USERS_REPORT,
        "day": row.day,
        "identity": who,
        "identity_kind": kind,
        "provider": PROVIDER,
        **given,
    }
    yield Statement(key=key(*names), tool=EDITOR_TOOL, outcomes=_editor(row), **shared)
    if row.totals_by_cli is None:
        return
    cli = row.totals_by_cli
    tokens = cli.token_usage or _TokenUse()
    done = {Outcome.SESSIONS: cli.session_count, Outcome.INTERACTIONS: cli.prompt_count}
    yield Statement(key=key(*names, "cli"), tool=CLI_TOOL, outcomes=_filled(done), **shared)
    yield Statement(
        key=key(*names, "cli", "tokens"),
        tool=CLI_TOOL,
        model=MODEL,
        uncached_input_tokens=tokens.prompt_tokens_sum,
        output_tokens=tokens.output_tokens_sum,
        events=cli.request_count,
        **shared,
    )


def _editor(row: _Row) -> dict[str, int]:
    return _filled(
        {
            Outcome.INTERACTIONS: row.user_initiated_interaction_count,
            Outcome.EDITS_ACCEPTED: row.code_acceptance_activity_count,
            Outcome.LINES_ADDED: row.loc_added_sum,
            Outcome.LINES_REMOVED: row.loc_deleted_sum,
        }
    )


def _filled(outcomes: dict[Outcome, int]) -> dict[str, int]:
    return {str(name): count for name, count in outcomes.items() if count}
