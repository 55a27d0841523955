"""How a chart is drawn; `clevenio.web.charts` is what everybody asks, and reads this when the first one is."""

from collections.abc import Sequence
from itertools import groupby
from math import floor, log10

from markupsafe import Markup, escape
from svg import SVG, Element, Length, Line, M, Path, PathData, PreserveAspectRatio, Rect, Text, ViewBoxSpec
from svg import LineTo as To

from clevenio.i18n import format_number
from clevenio.web.charts import Bar, Tick

ROW = 3.4
# Of the width; what remains is for the number behind the longest bar.
WIDEST = 86
# From the thick bar behind to the thin one before it.
THICKNESS = (1.1, 0.7, 0.3)
PLOT = 11.0
RULES = 4
# Classes for the room before a plot, by how many characters it is for.
ROOMS = ((3, "of-hundreds"), (6, "of-thousands"), (9, "of-millions"))


def bars(name: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, each under its label and before its number; up to three values lie in one another."""
    most = max((value or 0 for row in rows for value in row.values), default=0) or 1
    elements: list[Element] = []
    for place, row in enumerate(rows):
        elements += _row(row, ROW * place, most)
    return _chart(name, ROW * len(rows), elements)


def _row(row: Bar, top: float, most: int) -> list[Element]:
    middle, longest = top + 2.1, 0.0
    elements: list[Element] = [_text(row.label, y=_em(top + 1.1))]
    for tone, value in enumerate(row.values):
        if value is None:
            continue
        width, height = WIDEST * value / most, THICKNESS[tone]
        longest = max(longest, width)
        elements.append(
            Rect(
                x=0,
                y=_em(middle - height / 2),
                width=_percent(width),
                height=_em(height),
                class_=[f"tone-{tone}"],
            )
        )
    said = _text(row.said, x=_percent(longest), y=_em(middle), dx=_em(0.5), dominant_baseline="central")
    return [*elements, said]


def line(
    name: str, values: Sequence[int | None], ticks: Sequence[Tick], said: str, steps: Sequence[int] = ()
) -> Markup:
    """A line, broken where a value is None, over equal steps or those that `steps` says; `said` is its last number."""
    # Where all of them stand at one place, only equal steps tell them apart.
    along = steps if any(steps) else range(len(values))
    width = max(along, default=0) or 1
    top = _round_up(max((value or 0 for value in values), default=0))
    plot, words = _ruled(top)
    plot.append(_drawing(along, width, values, top))
    last = next((place for place in reversed(range(len(values))) if values[place] is not None), None)
    if last is not None:
        place, height = _percent(100 * along[last] / width), _percent(100 - 100 * (values[last] or 0) / top)
        words.append(_text(said, x=place, y=height, dy=_em(-0.8), text_anchor="end", class_=["said"]))
    return _over_steps(
        name, [*plot, *words], [(tick, 100 * along[tick.place] / width) for tick in ticks], top
    )


def columns(name: str, values: Sequence[Sequence[int]], ticks: Sequence[Tick]) -> Markup:
    """A column for each step, its parts stacked from the foot up, the first in the lightest tone."""
    top = _round_up(max(map(sum, values), default=0))
    plot, words = _ruled(top)
    parts: list[Element] = []
    for place, column in enumerate(values):
        foot = 100.0
        for tone, value in enumerate(column):
            height = round(100 * value / top, 2)
            foot -= height
            if value:
                parts.append(
                    Rect(x=place + 0.12, y=round(foot, 2), width=0.76, height=height, class_=[f"tone-{tone}"])
                )
    plot.append(_stretched(max(len(values), 1), parts))
    middles = [(tick, 100 * (tick.place + 0.5) / max(len(values), 1)) for tick in ticks]
    return _over_steps(name, [*plot, *words], middles, top)


def _ruled(top: int) -> tuple[list[Element], list[Element]]:
    """The rules behind a plot that ends at `top`, and the words before them, which nothing is drawn behind."""
    rules: list[Element] = []
    words: list[Element] = []
    for rule in range(RULES + 1):
        y = _percent(100 - 100 * rule / RULES)
        rules.append(Line(x1=0, x2=_percent(100), y1=y, y2=y, class_=["ruled"]))
        number = format_number(top * rule // RULES)
        words.append(_text(number, y=y, dx=_em(-0.5), dy=_em(0.35), text_anchor="end", class_=["soft"]))
    return rules, words


def _over_steps(name: str, inside: list[Element], ticks: Sequence[tuple[Tick, float]], top: int) -> Markup:
    """A plot with its words under the axis, each at a place in percent; the outermost stay within it.

    Before it is room for the numbers of its rules up to `top`: CSS alone knows how wide they are.
    """
    elements: list[Element] = [
        SVG(
            y=_em(1.6),
            width=_percent(100),
            height=_em(PLOT),
            overflow="visible",
            xmlns=None,
            elements=inside,
        )
    ]
    for number, (tick, place) in enumerate(ticks):
        is_last = number == len(ticks) - 1
        anchor = "start" if place < 10 else "end" if is_last and place > 90 else "middle"
        tone = ["soft"] if number == 0 or is_last else ["soft", "between"]
        elements.append(
            _text(tick.label, x=_percent(place), y=_em(PLOT + 3.2), text_anchor=anchor, class_=tone)
        )
    room = next((each for longest, each in ROOMS if len(format_number(top)) <= longest), ROOMS[-1][1])
    return _chart(name, PLOT + 3.8, elements, room)


def _drawing(along: Sequence[int], width: int, values: Sequence[int | None], top: int) -> Element:
    """The line itself, stretched to the plot; CSS keeps its stroke from being stretched."""
    path: list[PathData] = []
    for is_known, run in groupby(zip(along, values, strict=True), key=lambda point: point[1] is not None):
        if not is_known:
            continue
        points = [(place, round(100 - 100 * (value or 0) / top, 2)) for place, value in run]
        path.append(M(*points[0]))
        # A point alone is drawn as a line to itself, whose round ends make a dot.
        path += [To(*point) for point in points[1:] or points]
    return _stretched(width, [Path(d=path, class_=["drawn"])])


def _stretched(steps: int, elements: list[Element]) -> Element:
    """A drawing of so many steps and 100 up, as wide and as high as the plot."""
    return SVG(
        viewBox=ViewBoxSpec(0, 0, steps, 100),
        preserveAspectRatio=PreserveAspectRatio("none"),
        width=_percent(100),
        height=_percent(100),
        overflow="visible",
        xmlns=None,
        elements=elements,
    )


def _round_up(most: int) -> int:
    """A top for the axis that four rules divide evenly: 4, 8, 20, 40, 60, 80, 100, 200 and so on."""
    if most <= RULES:
        return RULES
    size: int = 10 ** floor(log10(most))
    fitting = (size * part // 10 for part in (10, 12, 16, 20, 24, 32, 40, 60, 80, 100, 120))
    return next(top for top in fitting if top >= most and top % RULES == 0)


def _chart(name: str, height: float, elements: list[Element], *classes: str) -> Markup:
    # The library writes text as it gets it: whatever is not ours is escaped here and in `_text`.
    named = {"role": "img", "aria-label": str(escape(name))}
    drawn = SVG(
        width=_percent(100),
        height=_em(height),
        class_=["chart", *classes],
        extra=named,
        xmlns=None,
        elements=elements,
    )
    # nosemgrep: markup-is-not-made-of-variables -- drawn here, every word in it escaped
    return Markup(drawn.as_str())  # noqa: S704 # nosec B704 - drawn here, every word in it escaped


def _text(words: str, **places: object) -> Text:
    return Text(text=str(escape(words)), **places)  # type: ignore[arg-type]


def _em(number: float) -> Length:
    return Length(round(number, 2), "em")


def _percent(number: float) -> Length:
    return Length(round(number, 2), "%")
