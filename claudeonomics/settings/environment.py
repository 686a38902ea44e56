"""
The typed readers of the environment.

Each variable `NAME` may also be given as `NAME_FILE`, a path whose content is
the value. A value that cannot be read stops the start with a sentence; nothing
is guessed.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

from claudeonomics.settings.forms import Check

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None, *, check: Check | None = None) -> str:
    """
    Return the variable, or the content of the file that `NAME_FILE` points at.

    `check` says what is wrong with a value; an empty one passes only where that is the default.
    """
    value = _given(name, default)
    wrong = check(value) if check and (value or default != "") else ""
    if wrong:
        raise ImproperlyConfigured(f"{name} {wrong}.")
    return value


def parsed(name: str, value: str, *, reader: Callable[[str], Any]) -> dict[str, Any]:
    """Return what the reader makes of the address in the variable."""
    try:
        found: dict[str, Any] = reader(value)
    except ValueError:  # A port that is no number; the cause would repeat the password.
        raise ImproperlyConfigured(f"{name} is no address that can be read.") from None
    return found


def boolean(name: str, *, default: bool) -> bool:
    """Return the variable as a truth value; anything but a clear yes or no is refused."""
    value = text(name, str(default)).lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def integer(name: str, *, default: int, least: int) -> int:
    """Return the variable as a whole number of at least `least`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as failure:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from failure
    if number < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {number}.")
    return number


def words(name: str, default: str = "") -> list[str]:
    """Return the variable as a list, split at commas, blanks dropped; empty only by default."""
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    if default and not found:
        raise ImproperlyConfigured(f"{name} must name at least one, or not be set.")
    return found


def time_zone(name: str, default: str) -> str:
    """Return the name of a time zone that the system knows."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as failure:
        raise ImproperlyConfigured(f"{name} names no time zone: {value!r}.") from failure
    return value


def _given(name: str, default: str | None) -> str:
    path = os.environ.get(f"{name}_FILE")
    if path is not None:
        if name in os.environ:
            raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as failure:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {failure}.") from failure
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set.")
    return value
