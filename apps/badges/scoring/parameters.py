"""
The parameters of a rule: whole numbers with bounds, declared once, checked with clear words.

`whole` declares one; `checked` turns an administrator's draft into a rule, or says at once
everything that is wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

T = TypeVar("T")


class InvalidParameters(ValueError):
    """Raised with one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Bounds:
    """One parameter for forms and error messages."""

    name: str
    default: int
    least: int
    most: int
    meaning: str


def whole(default: int, least: int, most: int, meaning: str) -> Any:
    """Declare a whole-number parameter of a rule, with its bounds (both included)."""
    return field(default=default, metadata={"least": least, "most": most, "meaning": meaning})


def schema(rule: type[Any]) -> list[Bounds]:
    """Return the parameters that a rule takes."""
    return [
        Bounds(one.name, one.default, **one.metadata)  # type: ignore[arg-type]
        for one in fields(rule)
    ]


def checked(rule: type[T], draft: Any) -> T:
    """Return the rule with the draft's parameters and defaults; raises InvalidParameters."""
    if not isinstance(draft, Mapping):
        raise InvalidParameters(["Parameters are an object of names and whole numbers."])
    known = {one.name: one for one in schema(rule)}
    faults = [
        f"There is no parameter {name!r}; this rule takes {', '.join(known)}."
        for name in draft
        if name not in known
    ]
    for name, one in known.items():
        faults += _faults(one, draft.get(name, one.default))
    if faults:
        raise InvalidParameters(faults)
    made = rule(**draft)
    faults = made.contradictions()  # type: ignore[attr-defined]
    if faults:
        raise InvalidParameters(faults)
    return made


def _faults(one: Bounds, value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        return [f"{one.name!r} must be a whole number."]
    if not one.least <= value <= one.most:
        return [f"{one.name!r} must lie between {one.least} and {one.most}."]
    return []
