"""
What `ccusage daily --json` prints: sums per day, agent and model, as statements.

Rows are keyed by `period` (older versions: `date`). A row of the agent `all`
repeats what the rows of the agents say, so it is read only where its day has no
others; it may also hold them, as `agents`. Weeks, months and sessions cannot be
placed on a day and are refused as `not_daily`. Input excludes the cache.
`totalTokens` may be larger than its four parts (reasoning), never smaller.

Days are those of the machine that printed the report, and a machine knows only
its own work: its name belongs to each statement's key, so that what another
machine reports stands beside it.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec

from apps.usage.formats import MAX_TOKENS, Rejected, Reported, Statement, Unreadable
from apps.usage.formats.fields import (
    MAX_DAILY_COST_MICROS,
    Count,
    Malformed,
    Name,
    Word,
    check_names,
    compact,
    day,
    diagnosis,
    micros,
    rejected,
)

REPORT = "ccusage"
UNKNOWN_MODEL = "unknown"
ALL = "all"
MAX_ROWS = 200_000
"""Rows of one report; every day of ten years with fifty agents has fewer."""
_NOT_DAILY = "Sums over more than a day cannot be counted; use `ccusage daily --json`."
_TOOLS = {"": "claude-code", "claude": "claude-code", "gemini": "gemini-cli"}
_FAMILIES = (("claude", "claude"), ("gpt", "codex"), ("codex", "codex"), ("gemini", "gemini"))

Rows = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_ROWS)] | None


class Report(msgspec.Struct, gc=False):
    """The document; its `totals` repeat its rows and are not looked at."""

    daily: Rows = None
    weekly: Rows = None
    monthly: Rows = None
    session: Rows = None
    sessions: Rows = None
    blocks: Rows = None


class Counts(msgspec.Struct, gc=False):
    """The four parts of a sum."""

    inputTokens: Count = 0  # noqa: N815 - the format's own names, as below
    outputTokens: Count = 0  # noqa: N815
    cacheCreationTokens: Count = 0  # noqa: N815
    cacheReadTokens: Count = 0  # noqa: N815

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Input, cache reads, cache writes, output."""
        return (
            self.inputTokens,
            self.cacheReadTokens,
            self.cacheCreationTokens,
            self.outputTokens,
        )


class Model(Counts, gc=False):
    """What one model did on the day."""

    modelName: Name = ""  # noqa: N815
    cost: float | None = None


class Metadata(msgspec.Struct, gc=False):
    """Which agents a row of all agents sums up."""

    agents: list[Word] = []


class Row(Counts, gc=False):
    """A sum over a period, or an agent's share of one."""

    period: Word | None = None
    date: Word | None = None
    week: Word | None = None
    month: Word | None = None
    agent: Word = ""
    totalTokens: Count | None = None  # noqa: N815
    totalCost: float | None = None  # noqa: N815
    cachedInputTokens: Any = None  # noqa: N815
    modelsUsed: list[Name] = []  # noqa: N815
    modelBreakdowns: list[Model] = []  # noqa: N815
    metadata: Metadata | None = None
    agents: list["Row"] = []


class Place(NamedTuple):
    """Where a row stands, and on which machine it was counted."""

    line: int
    part: int
    machine: str


_report_decoder = msgspec.json.Decoder(Report)
_row_decoder = msgspec.json.Decoder(Row)


def read_page(document: bytes, *, machine: str = "", part: int = 0) -> Iterator[Reported]:
    """Yield what a report states. Raises Unreadable where it is no report of ccusage."""
    try:
        report = _report_decoder.decode(document)
    except (ValueError, RecursionError) as error:
        raise Unreadable("This is no report of ccusage.") from error
    for rows in (report.weekly, report.monthly, report.session, report.sessions, report.blocks):
        if rows:
            yield Rejected(1, "not_daily", _NOT_DAILY, part)
    covered = _covered(report.daily or [])
    for line, raw in enumerate(report.daily or [], start=1):
        try:
            row = _row_decoder.decode(raw)
            if row.agent == ALL and (row.period or row.date) in covered:
                continue
            stated = list(_statements(row, Place(line, part, machine)))
        except (ValueError, RecursionError) as error:
            yield rejected((line, part), diagnosis(raw, error))
            continue
        yield from stated


def _covered(rows: list[msgspec.Raw]) -> set[str]:
    """Return the days for which there are rows of single agents."""
    found: set[str] = set()
    for raw in rows:
        try:
            row = _row_decoder.decode(raw)
        except (ValueError, RecursionError):
            continue  # it is named when it is read
        if row.agent not in {ALL, ""}:
            found.add(row.period or row.date or "")
    return found


def _statements(row: Row, place: Place) -> Iterator[Statement]:
    """Yield one statement for each agent and model of a row. Raises Malformed."""
    period = row.period or row.date
    if period is None or len(period) != len("YYYY-MM-DD"):
        is_longer = bool(row.week or row.month or period)
        code = "not_daily" if is_longer else "missing_field"
        raise Malformed(code, _NOT_DAILY if is_longer else "A row needs its `period`.")
    day(period)
    _check(row)
    for share in row.agents or [row]:
        if share is not row:
            _check(share)
        for model in _models(share):
            yield _statement(share, model, period, place)


def _check(row: Row) -> None:
    """Raise Malformed where the parts are more than the whole."""
    if row.cachedInputTokens is not None:
        # Another program's report: its input includes the cache.
        raise Malformed("unknown_field", "There is no field `cachedInputTokens` in this report.")
    if row.totalTokens is not None and sum(row.parts) > row.totalTokens:
        raise Malformed("inconsistent_counts", "The parts are more than `totalTokens`.")
    models = [model.parts for model in row.modelBreakdowns]
    for whole, *parts in zip(row.parts, *models, strict=True):
        if sum(parts) > whole and models:
            raise Malformed("inconsistent_counts", "The models' parts are more than the row's.")
    for agent in row.agents:
        if any(a > b for a, b in zip(agent.parts, row.parts, strict=True)):
            raise Malformed("inconsistent_counts", "An agent's parts are more than the row's.")


def _models(row: Row) -> list[Model]:
    """Return a row's models, and under no model's name what they leave of the row."""
    told = row.modelBreakdowns
    rest = [
        whole - sum(parts)
        for whole, *parts in zip(row.parts, *(model.parts for model in told), strict=True)
    ]
    if not any(rest):
        return told
    only = row.modelsUsed[0] if len(row.modelsUsed) == 1 and not told else UNKNOWN_MODEL
    cost = None if told else row.totalCost
    return [*told, Model(rest[0], rest[3], rest[2], rest[1], only, cost)]


def _statement(row: Row, model: Model, period: str, place: Place) -> Statement:
    name = model.modelName or UNKNOWN_MODEL
    check_names(name, row.agent)
    uncached, read, written, output = model.parts
    if max(model.parts) > MAX_TOKENS:
        raise Malformed("too_large", "A count must not be above 10^12.")
    return Statement(
        line=place.line,
        report=REPORT,
        key=compact(place.machine, period, row.agent, name),
        day=day(period),
        model=name,
        tool=_tool(row, name),
        uncached_input_tokens=uncached,
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=output,
        reported_cost_micros=micros(model.cost, limit=MAX_DAILY_COST_MICROS),
        part=place.part,
    )


def _tool(row: Row, model: str) -> str:
    """Return the tool of a row; where it sums up several, the one that uses such models."""
    if row.agent != ALL:
        return _TOOLS.get(row.agent, row.agent)
    agents = row.metadata.agents if row.metadata else []
    if len(agents) == 1:
        return _TOOLS.get(agents[0], agents[0])
    name = model.lower()
    for family, agent in _FAMILIES:
        if name.startswith(family) and agent in agents:
            return _TOOLS.get(agent, agent)
    return ""
