"""What a command shows while it works: a line on a terminal, and nothing where the output goes elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(frozen=True)
class Show:
    """Says what is being done, and how much of it is; `is_seen` is whether anybody sees it."""

    is_seen: bool
    has_end: bool
    bar: "Progress"
    task: "TaskID"

    def __call__(self, what: str, done: int | None = None, of: int | None = None) -> None:
        counted = what if done is None or self.has_end else f"{what} {done:,}"
        self.bar.update(self.task, description=counted, completed=done, total=of)


@contextmanager
def progress(what: str, *, has_end: bool = False) -> Iterator[Show]:
    """A line that goes when the work is done; with an end in sight (`has_end`) a bar, which stays."""
    from rich import progress as rich  # noqa: PLC0415 - nothing that serves the site writes on a terminal
    from rich.console import Console  # noqa: PLC0415 - as above

    text = rich.TextColumn("{task.description}")
    columns: tuple[rich.ProgressColumn, ...] = (rich.SpinnerColumn(), text, rich.TimeElapsedColumn())
    if has_end:
        columns = (text, rich.BarColumn(), rich.MofNCompleteColumn(), rich.TimeRemainingColumn())
    where = Console(stderr=True)
    with rich.Progress(*columns, console=where, transient=not has_end, disable=not where.is_terminal) as bar:
        yield Show(where.is_terminal, has_end, bar, bar.add_task(what, total=None))
