"""A real browser: Debian's Chromium, driven by Playwright, no wider than this machine.

A page fails its test when a script throws, when the content security policy stops something, when
anything but the page itself is answered with an error, or when it asks another machine for anything.
"""

import os
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.support import hygiene
from tests.support.components import missing

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever is asked for by name resolves to nothing; loopback is all there is.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
PROGRAMS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"]
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
WIDTHS = {"phone": 360, "tablet": 768, "desk": 1280}

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]


def chromium(*, whole: bool = False) -> Path | None:
    """The browser's program: `$CHROMIUM`, else Debian's without windows, else the whole one, else none.

    The one without windows draws and runs pages as the other does, for half of the processor's time. `whole`: the one
    that people have, or none.
    """
    own = os.environ.get("CHROMIUM")
    names = [own] if own else ["/usr/bin/chromium"] if whole else PROGRAMS
    return next((path for path in map(Path, names) if path.exists()), None)


def _settled(act: Callable[..., None]) -> Callable[..., None]:
    def acted(self: Page | Locator, *arguments: Any, **options: Any) -> None:
        act(self, *arguments, **options)
        page = self.page if isinstance(self, Locator) else self
        if not page.is_closed():
            page.wait_for_load_state("domcontentloaded")

    return acted


@pytest.fixture(scope="session")
def _acts_that_lead_on() -> Iterator[None]:
    """A press that leads to another page returns once that page is there.

    Playwright's own return as soon as its first bytes are, and what a test reads next may not have come in yet.
    """
    with pytest.MonkeyPatch.context() as patch:
        for kind, name in product((Page, Locator), ("click", "press")):
            patch.setattr(kind, name, _settled(getattr(kind, name)))
        yield


@pytest.fixture(scope="session")
def browser(_acts_that_lead_on: None) -> Iterator[Browser]:
    """One browser for all tests of a process; each test has its own profile in it."""
    program = chromium()
    if program is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What went wrong on the pages of one profile, in words."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("console", lambda message: self._console(message.type, message.text))

    def _request(self, request: Request) -> None:
        if not re.match(r"(https?://(localhost|127\.0\.0\.1)[:/]|data:|blob:|about:)", request.url):
            self.problems.append(f"asked another machine: {request.url}")
        sent = request.post_data_buffer or b""
        hygiene.note(request.url, sent.decode("utf-8", "replace"))

    def _response(self, response: Response) -> None:
        # A challenge that is refused, because a proof grew old, is an answer that the page's script reads.
        is_meant = response.status == 403 and response.url.endswith("/challenge")
        if response.status >= 400 and not is_meant and not response.request.is_navigation_request():
            self.problems.append(f"{response.status} for {response.url}")

    def _console(self, kind: str, text: str) -> None:
        # Chromium writes a line for every status from 400 on; _response tells the meant from the broken.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.problems.append(f"console: {text}")


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """`new_page(javascript=False, language="fi", width=360, color_scheme="dark")`: a fresh profile.

    Further arguments go to Playwright's `Browser.new_context`. Problems fail the test at its end.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_page(javascript: bool = True, language: str = "en", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            locale={"fi": "fi-FI", "en": "en-GB"}[language],
            viewport={"width": width, "height": 800},
            timezone_id="Europe/Helsinki",
            **options,
        )
        context.set_default_timeout(10_000)
        opened.append((context, Watch(context)))
        return context.new_page()

    yield open_page
    problems = []
    for context, watch in opened:
        hygiene.TYPED.update(
            str(cookie.get("value")) for cookie in context.cookies() if "session" in str(cookie.get("name"))
        )
        context.close()
        problems += watch.problems
    assert problems == []


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Both kinds of browser; `@pytest.mark.parametrize("javascript", [True])` chooses one."""
    return bool(request.param)


@pytest.fixture(params=["fi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Both languages of the site."""
    return str(request.param)


# Each language and each kind of browser once, for a long walk whose pages say nothing new in the other two.
TWO_KINDS = pytest.mark.parametrize(
    ("language", "javascript"), [("fi", False), ("en", True)], ids=["fi-no-javascript", "en-javascript"]
)


@pytest.fixture
def page(new_page: NewPage, javascript: bool, language: str) -> Page:
    """A page in each language, with and without JavaScript."""
    return new_page(javascript=javascript, language=language)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep the pages of browser tests as pictures")


def keep_picture(page: Page, name: str) -> None:
    """Keep the whole page as `tests/screenshots/NAME.png`."""
    path = SCREENSHOTS / f"{name}.png"
    try:
        page.screenshot(path=path, full_page=True)
    except Error:
        # A busy Chromium now and then cannot take a picture, and can a moment later.
        page.screenshot(path=path, full_page=True)


@pytest.fixture
def shot(pytestconfig: pytest.Config) -> Shot:
    """`shot(page, "home-fi-360")` keeps a picture to look at where `--pictures` asks for them: each takes half a second."""
    return keep_picture if pytestconfig.getoption("--pictures") else lambda _page, _name: None
