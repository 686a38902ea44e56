"""Reading the log and its tree."""

from apps.audit.queries.entries import EntryView, entries, looks_at, the_log
from apps.audit.queries.sequencer import StopView, patrolled_at
from apps.audit.queries.state import LogState, log_state
from apps.audit.queries.tree import (
    OriginView,
    Published,
    bundle,
    current_origin,
    entry_bytes,
    index_of,
    indexes_of,
    newest_checkpoint,
    proof_file,
    tile,
)
from apps.audit.queries.witnesses import WitnessView

__all__ = [
    "EntryView",
    "LogState",
    "OriginView",
    "Published",
    "StopView",
    "WitnessView",
    "bundle",
    "current_origin",
    "entries",
    "entry_bytes",
    "index_of",
    "indexes_of",
    "log_state",
    "looks_at",
    "newest_checkpoint",
    "patrolled_at",
    "proof_file",
    "the_log",
    "tile",
]
