"""Closing, and reopening by two people; the log is written with each."""

from apps.shutter.actions.closing import allow_closing, change_message, close
from apps.shutter.actions.keeping import MayNotClose, UnknownScope
from apps.shutter.actions.reopening import (
    REQUEST_LIFETIME,
    NotShut,
    approve_reopening,
    ask_to_reopen,
    deny_reopening,
)

__all__ = [
    "REQUEST_LIFETIME",
    "MayNotClose",
    "NotShut",
    "UnknownScope",
    "allow_closing",
    "approve_reopening",
    "ask_to_reopen",
    "change_message",
    "close",
    "deny_reopening",
]
