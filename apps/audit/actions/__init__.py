"""Writing the log."""

from apps.audit.actions.erasing import Erased, erase_details, erase_older, erase_person
from apps.audit.actions.recording import (
    Item,
    Outcome,
    Written,
    noting,
    record,
    record_refusal,
    refusals_recorded,
)

__all__ = [
    "Erased",
    "Item",
    "Outcome",
    "Written",
    "erase_details",
    "erase_older",
    "erase_person",
    "noting",
    "record",
    "record_refusal",
    "refusals_recorded",
]
