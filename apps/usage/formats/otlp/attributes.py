"""Attributes as the walk reads them: the wanted ones, or all, and never those with content."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from apps.usage.formats.otlp.content import CONTENT, KNOWN, NUMBER, TEXT, judged
from apps.usage.formats.otlp.decoding import Reader

Values = dict[str, Any]
_known = KNOWN.get


class Origin(msgspec.Struct, gc=False):
    """A resource: what produced the telemetry. `text` names it among all resources."""

    values: Values
    service: str
    text: str


class Tally(msgspec.Struct, gc=False):
    """How many records or points a request has, in how many groups; and what was left out."""

    records: int = 0
    groups: int = 0
    dropped: int = 0
    ignored: int = 0


def wanted(attributes: Iterable[Any], plain: Callable[[Any], Any], tally: Tally) -> Values:
    """Return the attributes that counting needs; the others are not read."""
    found: Values = {}
    for each in attributes:
        name = each.key
        # This loop is most of the walk. Most names were judged before, and asking for what
        # a value most likely is takes half as long as asking what it is.
        kind = _known(name) or judged(name)
        if kind == TEXT:
            value = each.value
            found[name] = (value is not None and value.string_value) or plain(value)
        elif kind == NUMBER:
            value = each.value
            found[name] = (value is not None and value.int_value) or plain(value)
        elif kind == CONTENT:
            tally.dropped += 1
    return found


def all_but_content(attributes: Iterable[Any], plain: Callable[[Any], Any], tally: Tally) -> Values:
    """Return all attributes but those with content."""
    found: Values = {}
    for each in attributes:
        name = each.key
        if (_known(name) or judged(name)) == CONTENT:
            tally.dropped += 1
        else:
            value = each.value
            found[name] = (value is not None and value.string_value) or plain(value)
    return found


def count_content(attributes: Iterable[Any], tally: Tally) -> None:
    """Count the attributes with content where none is read."""
    for each in attributes:
        if judged(each.key) == CONTENT:
            tally.dropped += 1


def origin(resource: Any, reader: Reader, tally: Tally) -> Origin:
    """Return a resource; one that is not told has no attributes."""
    given = (resource and resource.attributes) or ()
    values = all_but_content(given, reader.plain, tally)
    service = values.get("service.name")
    service = service.strip().lower() if isinstance(service, str) else ""
    return Origin(values, service, canonical(values))


def canonical(values: Values) -> str:
    """Return attributes as one text that is the same in whatever order they came."""
    return repr(sorted(values.items()))
