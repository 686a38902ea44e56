"""
Whether the log works, in numbers for probes and gauges: nothing about anybody.

The process that answers cannot see the sequencer. It sees what the sequencer did,
and where it was given the log's key itself, whether that is the right one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from apps.audit import keys, queries
from apps.audit.queries import LogState


@dataclass(frozen=True, slots=True)
class LogSigns:
    """How the log is; None for what never happened or does not wait."""

    log_entries: int
    log_oldest_waiting_seconds: int
    log_seconds_since_checkpoint: int | None
    log_seconds_since_cosignature: int | None
    log_frozen: int
    log_stopped: int
    log_seconds_since_patrol: int | None


def log_signs(at: datetime) -> LogSigns:
    """Return the gauges of the log."""
    state = queries.log_state(at)
    return LogSigns(
        log_entries=state.entries,
        log_oldest_waiting_seconds=_seconds(state.oldest_waiting_at, at) or 0,
        log_seconds_since_checkpoint=_seconds(state.published_at, at),
        log_seconds_since_cosignature=_seconds(state.cosigned_at, at),
        log_frozen=int(state.freeze is not None),
        log_stopped=int(state.stop is not None),
        log_seconds_since_patrol=_seconds(queries.patrolled_at(), at),
    )


def is_kept(at: datetime) -> bool:
    """Tell whether the log is neither frozen nor stopped, and keeps its promised delay."""
    state = queries.log_state(at)
    delay = timedelta(seconds=settings.AUDIT_MERGE_SECONDS)
    is_late = state.oldest_waiting_at is not None and at - state.oldest_waiting_at > delay
    is_shut = state.freeze is not None or state.stop is not None
    return not is_shut and not is_late and not _has_wrong_key(state)


def _has_wrong_key(state: LogState) -> bool:
    key = keys.log_key(state.origin) if state.origin else None
    return key is not None and key.verifying.vkey != state.vkey


def _seconds(since: datetime | None, at: datetime) -> int | None:
    return None if since is None else max(0, int((at - since).total_seconds()))
