"""A whole import: many files as one stream of events, with a progress bar on standard error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from apps.usage import files
from apps.usage.actions import RejectedLine
from apps.usage.files import Format, NoFiles, UnknownFormat
from apps.usage.formats import Rejected, Unreadable, UsageEvent


@dataclass(slots=True)
class Import:
    """The files to read with their formats, and the names of those that hold something else."""

    files: list[tuple[Path, Format]]
    skipped: list[str] = field(default_factory=list)

    @classmethod
    def prepare(cls, paths: Sequence[Path], *, form: Format | None = None) -> "Import":
        """
        Find the files and tell their formats.

        A file in no known format is left out where a folder was asked for, and
        raises UnknownFormat where it was named itself; raises NoFiles.
        """
        found = cls([])
        named = {path for path in paths if path.is_file()}
        for path in files.find(paths):
            try:
                told = form or files.told_format(path)
            except UnknownFormat:
                if path in named:
                    raise
                found.skipped.append(path.name)
                continue
            if told is not None:
                found.files.append((path, told))
        if found.skipped and not found.files:
            raise NoFiles
        return found

    @contextmanager
    def shown(self) -> Iterator[Iterator[UsageEvent | Rejected]]:
        """Give the events of all files, while a bar shows how many bytes have been read."""
        total = sum(path.stat().st_size for path, _ in self.files)
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Usage", total=total)
            yield self._events(lambda count: progress.advance(task, count))

    def _events(self, on_bytes: Any) -> Iterator[UsageEvent | Rejected]:
        for part, (path, form) in enumerate(self.files):
            try:
                yield from files.read(path, form, part=part, on_bytes=on_bytes)
            except Unreadable as reason:
                yield Rejected(1, reason.code, reason.detail, part)

    def named(self, rejected: RejectedLine) -> dict[str, Any]:
        """Return a rejection as it is printed, with its file's name where there are several."""
        shown = {"line": rejected.line, "code": rejected.code, "detail": rejected.detail}
        if len(self.files) > 1:
            shown["file"] = self.files[rejected.part][0].name
        return shown
