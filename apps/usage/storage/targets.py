"""The tables that are written in bulk: their columns and what happens on conflict."""

from dataclasses import dataclass

from apps.usage.formats import BUCKETS


@dataclass(frozen=True, slots=True)
class Target:
    """A table, its columns with their PostgreSQL types, and the ON CONFLICT clause of `put`."""

    table: str
    columns: dict[str, str]
    keys: tuple[str, ...]
    on_conflict: str = "DO NOTHING"

    @property
    def column_list(self) -> str:
        """The columns as SQL writes them."""
        return ", ".join(self.columns)

    @property
    def key_list(self) -> str:
        """The key columns as SQL writes them."""
        return ", ".join(self.keys)


def _added(column: str) -> str:
    return f"{column} = usage_daytotal.{column} + excluded.{column}"


def _added_if_known(column: str) -> str:
    # Unknown and unknown stays unknown; unknown and known is what is known.
    return (
        f"{column} = CASE WHEN usage_daytotal.{column} IS NULL THEN excluded.{column} "
        f"ELSE usage_daytotal.{column} + coalesce(excluded.{column}, 0) END"
    )


def _replaced(columns: dict[str, str]) -> str:
    return "DO UPDATE SET " + ", ".join(f"{column} = excluded.{column}" for column in columns)


_COUNTS = dict.fromkeys(BUCKETS, "int8")
_COSTS = {"cost_micros": "int8", "reported_cost_micros": "int8"}

SEEN = Target("usage_seenrecord", {"digest": "bytea"}, ("digest",))
# A conflict locks the row, and no more: a refresh cannot take it off the list before this intake
# is committed, and nothing is written.
TOUCHED = Target(
    "usage_touchedsubject",
    {"subject": "int8"},
    ("subject",),
    "DO UPDATE SET subject = excluded.subject WHERE false",
)

_TOTAL_KEYS = {
    "subject": "int8",
    "day": "date",
    "source_id": "int8",
    "kind_id": "int8",
    "is_automation": "bool",
    "signal": "int2",
}
# Lane and standing are set with the first row of a place; later sums leave them as they are.
_TOTAL_MARKS = {"in_automation_lane": "bool", "is_counted": "bool"}
DAY_TOTALS = Target(
    "usage_daytotal",
    {**_TOTAL_KEYS, **_TOTAL_MARKS, "events": "int8", **_COUNTS, **_COSTS},
    tuple(_TOTAL_KEYS),
    "DO UPDATE SET "
    + ", ".join(
        [_added(name) for name in ("events", *BUCKETS)] + [_added_if_known(name) for name in _COSTS]
    ),
)

_OUTCOME_KEYS = {
    "subject": "int8",
    "day": "date",
    "source_id": "int8",
    "tool": "text",
    "is_automation": "bool",
    "signal": "int2",
    "outcome": "text",
}
OUTCOMES = Target(
    "usage_dayoutcome",
    {**_OUTCOME_KEYS, **_TOTAL_MARKS, "value": "int8"},
    tuple(_OUTCOME_KEYS),
    "DO UPDATE SET value = usage_dayoutcome.value + excluded.value",
)

_SESSION = {
    "digest": "bytea",
    "name": "int8",
    "tool": "text",
    "signal": "int2",
    "source_id": "int8",
    "is_counted": "bool",
    "in_automation_lane": "bool",
    "subject": "int8",
    "first_at": "timestamptz",
    "last_at": "timestamptz",
    "active_seconds": "int4",
    "total_tokens": "int8",
    "is_automation": "bool",
    "spans": "jsonb",
}
# Standing is settled apart; a name once known stays.
_SESSION_CHANGES = {k: v for k, v in _SESSION.items() if k not in {"is_counted", "name"}}
SESSIONS = Target(
    "usage_session",
    _SESSION,
    ("digest",),
    _replaced(_SESSION_CHANGES) + ", name = coalesce(excluded.name, usage_session.name)",
)

_READING = {
    "digest": "bytea",
    "message": "int8",
    "is_replay": "bool",
    "subject": "int8",
    "at": "timestamptz",
    "day": "date",
    "source_id": "int8",
    "kind_id": "int8",
    "is_automation": "bool",
    "session": "bytea",
    **_COUNTS,
    **_COSTS,
}
READINGS = Target("usage_reading", _READING, ("digest",), _replaced(_READING))

STREAMS = Target(
    "usage_stream",
    {
        "digest": "bytea",
        "subject": "int8",
        "source_id": "int8",
        "kind_id": "int8",
        "is_automation": "bool",
        "measure": "text",
        "last_at": "timestamptz",
    },
    ("digest",),
    "DO UPDATE SET last_at = CASE WHEN excluded.last_at > usage_stream.last_at "
    "THEN excluded.last_at ELSE usage_stream.last_at END",
)
STREAM_POINTS = Target(
    "usage_streampoint",
    {"stream": "bytea", "time": "int8", "value": "int8", "day": "date", "cost_micros": "int8"},
    ("stream", "time"),
    _replaced({"day": "date", "cost_micros": "int8"}),
)

_STATED = {
    "digest": "bytea",
    "source_id": "int8",
    "report": "text",
    "subject": "int8",
    "day": "date",
    "kind_id": "int8",
    "is_automation": "bool",
    "as_of": "timestamptz",
    "events": "int8",
    **_COUNTS,
    **_COSTS,
    "outcomes": "jsonb",
}
STATED = Target("usage_stated", _STATED, ("digest",), _replaced(_STATED))
STATED_DAYS = Target(
    "usage_statedday",
    {"source_id": "int8", "report": "text", "day": "date", "as_of": "timestamptz"},
    ("source_id", "report", "day"),
    "DO UPDATE SET as_of = CASE WHEN excluded.as_of > usage_statedday.as_of "
    "THEN excluded.as_of ELSE usage_statedday.as_of END",
)
