"""A whole import: many files as one stream of events, with a progress bar on standard error."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from apps.common.errors import Invalid
from apps.usage.actions import IngestResult, RejectedLine
from apps.usage.formats import Dropped, Rejected, Reported, Unreadable
from apps.usage.formats.registry import Options
from apps.usage.formats.telling import Format
from apps.usage.reading import files
from apps.usage.reading.files import NOTHING_ELSE, NoFiles, UnknownFormat
from apps.usage.reading.packing import UnreadableFile

_WRONG_FORMAT = "Nothing in this file is in the format that `--format` names."


class NothingReadable(UnreadableFile):
    """Raised when not one of the files could be read."""

    title = "None of the files could be read: they are damaged, or may not be read."


@dataclass(slots=True)
class Import:
    """The files to read, each with its name and its format, or with why it is left out."""

    files: list[tuple[Path, Format | Invalid]]
    names: list[str] = field(default_factory=list)
    is_told: bool = False
    is_single: bool = False
    options: Options = NOTHING_ELSE

    @classmethod
    def prepare(
        cls,
        paths: Sequence[Path],
        *,
        form: Format | None = None,
        options: Options = NOTHING_ELSE,
    ) -> "Import":
        """
        Find the files and tell their formats.

        A file in no known format is left out where a folder was asked for, and
        raises UnknownFormat where it was named itself; raises NoFiles when all
        are left out so, NothingReadable when all are and some are damaged.
        """
        found = cls([], is_told=form is not None, options=options)
        named = {path for path in paths if path.is_file()}
        for path in files.find(paths, form=form):
            told: Format | Invalid | None
            try:
                told = form or files.told_format(path)
            except (UnknownFormat, UnreadableFile) as reason:
                if isinstance(reason, UnknownFormat) and path in named:
                    raise
                told = reason
            if told is not None:
                found.files.append((path, told))
        left_out = [told for _, told in found.files if isinstance(told, Invalid)]
        if left_out and len(left_out) == len(found.files):
            damaged = any(isinstance(reason, UnreadableFile) for reason in left_out)
            raise NothingReadable if damaged else NoFiles
        found.is_single = len(paths) == len(named) == 1
        found.names = _names([path for path, _ in found.files], paths)
        return found

    @contextmanager
    def shown(self) -> Iterator[Iterator[Reported]]:
        """Give the events of all files, while a bar shows how many bytes have been read."""
        total = sum(path.stat().st_size for path, _ in self.files)
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Usage", total=total)
            yield self._events(lambda count: progress.advance(task, count))

    def check(self, result: IngestResult) -> None:
        """Raise NothingReadable if every file turned out to be damaged and nothing counted."""
        damaged = sum(each.code == UnreadableFile.code for each in result.rejected)
        counted = result.accepted + result.duplicates
        if self.files and not counted and damaged == len(self.files) == len(result.rejected):
            raise NothingReadable

    def named(self, rejected: RejectedLine) -> dict[str, Any]:
        """Return a rejection as it is printed; line 0 stands for the file as a whole."""
        return {
            "line": rejected.line,
            "code": rejected.code,
            "detail": rejected.detail,
            "file": self.names[rejected.part],
        }

    def _events(self, on_bytes: Any) -> Iterator[Reported]:
        for part, (path, told) in enumerate(self.files):
            if isinstance(told, Invalid):
                yield Rejected(0, told.code, told.detail, part)
                continue
            try:
                yield from self._read(path, told, part, on_bytes)
            except UnreadableFile as reason:
                yield Rejected(0, reason.code, reason.detail, part)
            except Unreadable as reason:
                yield Rejected(1, reason.code, reason.detail, part)

    def _read(self, path: Path, form: Format, part: int, on_bytes: Any) -> Iterator[Reported]:
        """Yield what a file holds; if that is nothing, also whether its format was said wrongly."""
        holds_some = False
        for each in files.read(path, form, self.options, part=part, on_bytes=on_bytes):
            holds_some = holds_some or not isinstance(each, Rejected | Dropped)
            yield each
        if self.is_told and not holds_some and not _may_be(path, form):
            yield Rejected(0, "wrong_format", _WRONG_FORMAT, part)


def _may_be(path: Path, form: Format) -> bool:
    """Whether a file's first lines are in the format, or there are none."""
    if form == "csv":
        return True  # nothing tells it
    try:
        return files.told_format(path) in {form, None}
    except UnknownFormat:
        return False


def _names(found: Sequence[Path], asked: Sequence[Path]) -> list[str]:
    """Name files as they lie below what was asked for; by their whole path where that is shared."""
    short = [_name(path, asked) for path in found]
    times = Counter(short)
    return [
        path.as_posix() if times[name] > 1 else name
        for path, name in zip(found, short, strict=True)
    ]


def _name(path: Path, asked: Sequence[Path]) -> str:
    if path in asked:
        return path.name
    root = next(each for each in asked if path.is_relative_to(each))
    return path.relative_to(root).as_posix()
