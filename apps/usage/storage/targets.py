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
# Updating locks the row: a refresh cannot take it off the list before this intake is committed.
TOUCHED = Target(
    "usage_touchedsubject",
    {"subject": "int8"},
    ("subject",),
    "DO UPDATE SET subject = excluded.subject",
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

_SESSION = {
    "digest": "bytea",
    "name": "int8",
    "signal": "int2",
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
SESSIONS = Target("usage_session", _SESSION, ("digest",), _replaced(_SESSION))

_READING = {
    "digest": "bytea",
    "message": "int8",
    "is_replay": "bool",
    "subject": "int8",
    "at": "timestamptz",
    "source_id": "int8",
    "kind_id": "int8",
    "is_automation": "bool",
    "session": "bytea",
    **_COUNTS,
    **_COSTS,
}
READINGS = Target("usage_reading", _READING, ("digest",), _replaced(_READING))
