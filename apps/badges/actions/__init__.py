"""What changes badges and their awards; each function is one use case."""

from apps.badges.actions.awards import Evaluation, evaluate, forget
from apps.badges.actions.definitions import (
    InvalidDraft,
    Preview,
    counted,
    preview,
    publish,
    record_change,
    seed_defaults,
)

__all__ = [
    "Evaluation",
    "InvalidDraft",
    "Preview",
    "counted",
    "evaluate",
    "forget",
    "preview",
    "publish",
    "record_change",
    "seed_defaults",
]
