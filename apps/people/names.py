"""How long the names of people and teams may be; SQLite would store any length."""

from typing import ClassVar

from django.core.exceptions import ValidationError

from apps.common.errors import Invalid

LONGEST_PERSON = 150
LONGEST_TEAM = 100
LONGEST_SLUG = 50


class InvalidName(Invalid):
    """Raised when a name is too long or does not print; the name itself is not repeated."""

    code: ClassVar[str] = "invalid_name"
    title: ClassVar[str] = "This cannot be a name."


def require_short(name: str, *, longest: int) -> None:
    """Raise `InvalidName` if the name has more than `longest` characters, or unprintable ones."""
    if len(name) > longest or not name.isprintable():
        raise InvalidName(f"A name has at most {longest} printable characters.")


def validate_printable(name: str) -> None:
    """Refuse in a form what `require_short` refuses; the field has its own longest length."""
    if not name.isprintable():
        raise ValidationError("A name has printable characters only.")
