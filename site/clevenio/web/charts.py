"""Charts as SVG in the page: no script, no style of their own, and colours from the page's tokens.

Widths are parts of the page's width and heights follow its type, so text keeps its size on every screen.
What a chart shows stands in a table beside it; its name says so to whoever hears the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart. Each value is part of the one before it; None is not drawn.

    `said` is the number to write behind the bar, in the reader's form.
    """

    label: str
    values: tuple[int | None, ...]
    said: str


@dataclass(frozen=True)
class Tick:
    """A word under the axis, at the place of a point."""

    place: int
    label: str


# The library makes a class of everything that SVG knows, a tenth of what the site takes to start: whoever
# asks for a chart reads it.


def bars(name: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, each under its label and before its number; up to three values lie in one another."""
    from clevenio.web import drawing  # noqa: PLC0415

    return drawing.bars(name, rows)


def line(
    name: str, values: Sequence[int | None], ticks: Sequence[Tick], said: str, steps: Sequence[int] = ()
) -> Markup:
    """A line over equal steps, broken where a value is None. `said` is the last number, written at its end.

    `steps` says how far from the first each value stands, where the steps are not equal.
    """
    from clevenio.web import drawing  # noqa: PLC0415

    return drawing.line(name, values, ticks, said, steps)


def columns(name: str, values: Sequence[Sequence[int]], ticks: Sequence[Tick]) -> Markup:
    """A column for each step, its parts stacked from the foot up, the first in the lightest tone."""
    from clevenio.web import drawing  # noqa: PLC0415

    return drawing.columns(name, values, ticks)
