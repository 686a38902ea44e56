"""
Why a line was not counted, as a sentence for its code: for when only codes are kept.

A sender who is answered at once is told more, for example which count was below zero.
Nothing of that is kept, for it comes from what was sent.
"""

from apps.usage.claims import REFUSALS

_SENTENCES = {
    **REFUSALS,
    "in_future": "This lies more than 10 minutes ahead.",
    "invalid_json": "This is not valid JSON.",
    "invalid_value": "A value is not what its field may hold.",
    "missing_field": "`id`, `at` and `model` are required.",
    "negative_count": "A count must not be negative.",
    "too_large": "A record, a count, a cost or the sum of its day is above its limit.",
    "too_old": "This happened before the time for which usage is kept.",
    "unknown_field": "A field of this record is none; the schema names all.",
}
_ANY = "This cannot be counted."


def sentence(code: str) -> str:
    """Return what a code means."""
    return _SENTENCES.get(code, _ANY)
