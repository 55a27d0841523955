"""An answer as people read it: sections of sentences, facts and tables, the same on the page, on paper and in the file."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Section:
    """One part. `warning` says that something does not fit; `rows` are cells under `head`, all in words."""

    title: str
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default=())
    warning: bool = False
