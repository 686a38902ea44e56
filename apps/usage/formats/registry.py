"""
All formats that files may be in: each name with its reader, in one place.

A reader takes a stream, what the command was told besides, and the number of
the file among those read together; it yields what is reported and reads no
further than it has yielded, so memory does not grow with the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import IO, Any

import msgspec

from apps.usage.formats import (
    Rejected,
    Reported,
    Unreadable,
    anthropic,
    ccusage,
    claude_code,
    codex,
    copilot,
    csv_rows,
    litellm,
    litellm_daily,
    openai,
    records,
)
from apps.usage.formats.csv_mapping import Mapping
from apps.usage.formats.documents import (
    MAX_DOCUMENT_BYTES,
    begins_array,
    documents,
    elements,
    lines,
)
from apps.usage.formats.telling import Format

_PAGE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Options:
    """What files do not say themselves: the machine they are from, what columns mean."""

    machine: str = ""
    mapping: Mapping | None = None


Reader = Callable[[IO[bytes], Options, int], Iterator[Reported]]


def read(stream: IO[bytes], form: Format, options: Options, *, part: int = 0) -> Iterator[Reported]:
    """Yield what a stream in a format holds. Raises Unreadable where nothing of it can be read."""
    return READERS[form](stream, options, part)


def _read_records(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    if not begins_array(stream):
        yield from records.read_lines(_unmarked(stream), part=part)
        return
    # What fits is read whole, so that a damaged array counts whole or not at all.
    beginning = stream.read(MAX_DOCUMENT_BYTES)
    if len(beginning) < MAX_DOCUMENT_BYTES:
        yield from records.read_json(beginning.removeprefix(b"\xef\xbb\xbf"), part=part)
        return
    for place, text in elements(chain([beginning], iter(partial(stream.read, 1024 * 1024), b""))):
        if text is None:
            yield Rejected(place, "too_large", "A record must not exceed 64 KiB.", part)
        else:
            yield records.read_record(text, line=place, part=part)


def _read_claude_code(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    return claude_code.read(lines(stream), part=part)


def _read_codex(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    return codex.read(_unmarked(stream), part=part)


def _rows(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Number the rows of an array, or of lines of JSON; empty lines are none."""
    if begins_array(stream):
        yield from elements(iter(partial(stream.read, 256 * 1024), b""))
        return
    for number, line in enumerate(_unmarked(stream), start=1):
        if line.strip():
            yield number, line


def _read_litellm(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    return litellm.read(_rows(stream), part=part)


def _read_litellm_daily(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    """Read pages of the endpoint, or rows of a table: pages have `results`."""
    is_array = begins_array(stream)
    found = _rows(stream) if is_array else ((0, text) for text in documents(stream))
    first = next(found, None)
    if first is None:
        return
    rest = chain([first], found)
    if first[1] is not None and _has_results(first[1]):
        yield from litellm_daily.read_pages((text or b"" for _, text in rest), part=part)
    elif is_array:
        yield from litellm_daily.read_rows(rest, part=part)
    else:
        rows = ((place, text) for place, (_, text) in enumerate(rest, start=1))
        yield from litellm_daily.read_rows(rows, part=part)


def _read_ccusage(stream: IO[bytes], options: Options, part: int) -> Iterator[Reported]:
    for document in documents(stream):
        yield from ccusage.read_page(document, machine=options.machine, part=part)


def _read_pages(read_page: Callable[..., Iterator[Reported]]) -> Reader:
    """Return the reader of a file that holds pages of a report, one or several."""

    def _read_them(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
        for document in documents(stream):
            yield from read_page(document, as_of=None, part=part)

    return _read_them


def _read_copilot(stream: IO[bytes], _: Options, part: int) -> Iterator[Reported]:
    """Read an array whole, lines in pieces of a few megabytes."""
    if begins_array(stream):
        for document in documents(stream):
            yield from copilot.read_page(document, as_of=None, part=part)
        return
    before, kept, size = 0, list[bytes](), 0
    for line in chain(_unmarked(stream), [b""]):
        kept.append(line)
        size += len(line)
        if size >= _PAGE_BYTES or not line:
            for each in copilot.read_page(b"".join(kept), as_of=None, part=part):
                yield _moved(each, before)
            before, kept, size = before + len(kept), [], 0


def _moved(each: Any, by: int) -> Reported:
    """Return something reported with its line counted from the file's beginning."""
    moved: Reported = msgspec.structs.replace(each, line=each.line + by) if by else each
    return moved


def _read_csv(stream: IO[bytes], options: Options, part: int) -> Iterator[Reported]:
    if options.mapping is None:
        raise Unreadable("A CSV file needs `--mapping`: what its columns mean.")
    return csv_rows.read(lines(stream), options.mapping, part=part)


def _unmarked(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, the first without the mark that some programs put before it."""
    found = lines(stream)
    for first in found:
        yield first.removeprefix(b"\xef\xbb\xbf")
        break
    yield from found


def _has_results(text: bytes) -> bool:
    try:
        return b'"results"' in text and isinstance(
            msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("results"), msgspec.Raw
        )
    except (ValueError, RecursionError):
        return False


READERS: dict[Format, Reader] = {
    "records": _read_records,
    "claude-code": _read_claude_code,
    "codex": _read_codex,
    "litellm": _read_litellm,
    "litellm-daily": _read_litellm_daily,
    "ccusage": _read_ccusage,
    "anthropic-usage": _read_pages(anthropic.read_page),
    "openai-usage": _read_pages(openai.read_page),
    "copilot": _read_copilot,
    "csv": _read_csv,
}
"""Every format's reader; `auto` tells the format, see `telling`."""
