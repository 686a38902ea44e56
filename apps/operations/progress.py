"""A bar on the terminal while something long is done; none where nobody looks at one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def bar(title: str, *, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr for the block; gives what advances it by a count."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.advance(task, count)
