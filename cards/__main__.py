"""`python -m cards`: draw anew every card whose words or drawing changed, and take away what no page has."""

import sys
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, Route, sync_playwright

from cards.drawing import FOLDER, Card, drawn, every
from clevenio.web.assets import assets
from tests.support.browser import FLAGS, chromium

SIZE = (1200, 630)
# Few colours and their blends: 128 show no step, and the file has a third of its size.
COLOURS = 128


def main() -> int:
    """Draw, and say what was drawn."""
    program = chromium()
    if program is None:
        print("Chromium is missing")
        return 1
    cards = list(every())
    FOLDER.mkdir(exist_ok=True)
    for path in set(FOLDER.iterdir()) - {card.path for card in cards}:
        path.unlink()
        print(f"took away {path.name}")
    waiting = [card for card in cards if drawn(card.path) != card.said]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
        for card in waiting:
            _keep(card, _draw(page, card))
            print(f"{card.path.name}: {card.path.stat().st_size:,} bytes")
        browser.close()
    print(f"{len(waiting)} of {len(cards)} cards drawn")
    return 0


def _keep(card: Card, png: bytes) -> None:
    said = PngInfo()
    for name, text in card.said.items():
        said.add_itxt(name, text)
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            card.path, optimize=True, pnginfo=said
        )


def _draw(page: Page, card: Card) -> bytes:
    def answer(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/static/")
        asset = assets().get(name)
        if asset:
            route.fulfill(body=asset.body, content_type=asset.kind)
        else:
            route.fulfill(body=card.html, content_type="text/html; charset=utf-8")

    page.unroute_all()
    page.route("**/*", answer)
    page.goto("http://localhost/card")
    page.evaluate("document.fonts.ready")
    return page.screenshot(type="png")


if __name__ == "__main__":
    sys.exit(main())
