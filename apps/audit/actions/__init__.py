"""Writing the log."""

from apps.audit.actions.recording import (
    Item,
    Outcome,
    record,
    record_refusal,
    refusals_recorded,
)

__all__ = ["Item", "Outcome", "record", "record_refusal", "refusals_recorded"]
