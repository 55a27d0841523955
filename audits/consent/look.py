"""How the bar and the page around it stand up: widths, zoom, forced colours, reduced motion, print, keyboard.

Requirements on consent, rules 3, 6 and 20; WCAG 2.2 success criteria 1.4.3, 1.4.10, 2.4.11 and 2.5.8.
"""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, ViewportSize

from audits.consent.scripts import ANSWERS, COVERED, DIALOG, MOVING, NARROW, TARGETS

WIDTHS = (320, 768, 1440)
# A laptop's 1280 by 1024 at 400 %, as WCAG 1.4.10 counts it.
ZOOMED: ViewportSize = {"width": 320, "height": 256}
WINDOWS: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 360, "height": 640}, ZOOMED)
CONTRAST = 4.5
TARGET = 24
PAIR = "#site-choices .pair, form.choices"


def look(page: Page) -> Iterator[str]:
    """Everything wrong with the page that is open. The window is left as it was found."""
    size = page.viewport_size or WINDOWS[0]
    try:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            yield from (f"at {width} px: {each}" for each in [*_narrow(page), *_answers(page), *_open(page)])
        yield from _zoomed(page)
        yield from _keyboard(page)
        page.set_viewport_size(size)
        yield from _emulated(page)
    finally:
        page.set_viewport_size(size)
        # A frame is drawn, so that what the window's changes moved is told before the next page is asked for.
        page.screenshot(clip={"x": 0, "y": 0, "width": 1, "height": 1})


def _narrow(page: Page) -> Iterator[str]:
    wider = page.evaluate(NARROW)
    if wider > 0:
        yield f"the page is {wider} px wider than the window"


def _answers(page: Page) -> Iterator[str]:
    """Refusing and accepting weigh the same, wherever both are offered."""
    for place, refuse, accept in page.evaluate(ANSWERS, PAIR):
        for name in ("kind", "font"):
            if refuse[name] != accept[name]:
                yield f"{place}: refusing is {refuse[name]}, accepting {accept[name]}"
        for name in ("width", "height"):
            if abs(refuse[name] - accept[name]) > 2:
                yield f"{place}: refusing is {refuse[name]:.1f} px of {name}, accepting {accept[name]:.1f}"
        yield from _contrasts(place, refuse, accept)
        if place == "the bar" and not (refuse["isWhole"] and accept["isWhole"]):
            yield "the bar does not show both answers at once"


def _contrasts(place: str, refuse: dict[str, Any], accept: dict[str, Any]) -> Iterator[str]:
    for what in ("text", "edge", "ground"):
        if abs(refuse[what] - accept[what]) > 0.01:
            yield f"{place}: the contrast of the {what} is {refuse[what]:.2f} and {accept[what]:.2f}"
    if refuse["text"] < CONTRAST:
        yield f"{place}: the contrast of the text is only {refuse['text']:.2f}"


def _open(page: Page) -> Iterator[str]:
    """No wall: what lies around the bar can be read, scrolled and used. And everything can be hit."""
    yield from page.evaluate(DIALOG)
    for name, width, height in page.evaluate(TARGETS):
        if min(width, height) < TARGET:
            yield f"{name} is {width:.0f} by {height:.0f} px, a target has {TARGET}"


def _zoomed(page: Page) -> Iterator[str]:
    page.set_viewport_size(ZOOMED)
    yield from (f"at 400 %: {each}" for each in _narrow(page))


def _keyboard(page: Page) -> Iterator[str]:
    """Whatever takes the focus is seen whole: the bar lies over none of it."""
    for window in WINDOWS:
        page.set_viewport_size(window)
        size = f"{window['width']} by {window['height']}"
        yield from (f"at {size}: {each}" for each in page.evaluate(COVERED))
    page.evaluate("scrollTo(0, 0)")


def _emulated(page: Page) -> Iterator[str]:
    page.emulate_media(forced_colors="active")
    for place, refuse, accept in page.evaluate(ANSWERS, PAIR):
        yield from (f"in forced colours: {each}" for each in _contrasts(place, refuse, accept))
        if refuse["edge"] < 3 or accept["edge"] < 3:
            yield f"in forced colours: the buttons of {place} have no edge"
        if not (refuse["hasOutline"] and accept["hasOutline"]):
            yield f"in forced colours: the focus on {place} cannot be seen"
    page.emulate_media(forced_colors="none", reduced_motion="reduce")
    yield from (f"under reduced motion: {each}" for each in page.evaluate(MOVING))
    page.emulate_media(reduced_motion="no-preference", media="print")
    if page.evaluate("document.querySelector('#site-choices')?.getClientRects().length > 0"):
        yield "in print: the bar is there"
    page.emulate_media(media="screen")
