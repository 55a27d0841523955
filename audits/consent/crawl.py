"""Goes through the pages in one state of consent, in one language, with scripts or without."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

from audits.consent.judge import Judge
from audits.consent.look import look
from audits.consent.pages import Pages
from audits.consent.states import CLICKED, State, reach
from audits.consent.traces import Observer, Traces
from audits.engine import violations
from clevenio.registry import Registry
from tests.browser.steps import log_in, sign_up
from tests.support.elsewhere import Elsewhere
from tests.support.server import Site

LOCALES = {"fi": "fi-FI", "en": "en-GB"}
# Each language another customer: an address that has an account cannot open a second one.
MEMBERS = {"fi": "aino@example.fi", "en": "anna@example.com"}


@dataclass(frozen=True)
class Case:
    """One walk: who comes, and what is looked at on the way. `looks` and `axe` cost about a second a page each.

    `signs_up`: an account is opened at the end, and what a login stores is seen.
    """

    state: State
    language: str
    scripts: bool
    pages: Pages
    looks: frozenset[str] = frozenset()
    axe: frozenset[str] = frozenset()
    signs_up: bool = False

    @property
    def slug(self) -> str:
        """For the name of a file."""
        return "-".join(self.name.lower().replace(",", "").split())

    @property
    def name(self) -> str:
        return f"{self.state.name}, {self.language}, {'scripts' if self.scripts else 'no scripts'}"


@dataclass
class Walk:
    """What one walk came to: `seen` are (kind, name, domain) of what was stored."""

    case: Case
    findings: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str | None]] = field(default_factory=set)
    pages: int = 0
    requests: int = 0


def walk(
    browser: Browser,
    site: Site,
    registry: Registry,
    case: Case,
    elsewhere: Elsewhere,
    har: Path | None = None,
) -> Walk:
    """Take one walk in a profile of its own. `har`: a folder for everything that was asked and answered."""
    kept = {"record_har_path": har / f"{case.slug}.har", "record_har_content": "omit"} if har else {}
    with (
        _profile(browser, case, java_script_enabled=case.scripts, **kept) as context,
        _profile(browser, case) as reader,
    ):
        if not case.scripts:
            # axe is a script itself: it reads the page as it stands where ours do not run.
            reader.route("**/*.js*", lambda route: route.abort())
        return _walk(context, reader, site, registry, case, elsewhere)


@contextmanager
def _profile(browser: Browser, case: Case, **options: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(
        locale=LOCALES[case.language],
        viewport={"width": 1280, "height": 800},
        ignore_https_errors=True,
        extra_http_headers=case.state.headers,
        **options,
    )
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        context.close()


def _walk(
    context: BrowserContext,
    reader: BrowserContext,
    site: Site,
    registry: Registry,
    case: Case,
    elsewhere: Elsewhere,
) -> Walk:
    done, url = Walk(case), site.url
    # A page of its own: one that is about to load anew after a withdrawal would get in the way of the first visit.
    with context.new_page() as way:
        reach(way, case.state, url + case.pages.home)
        _leave(way)
    page = context.new_page()
    observer = Observer(context, page)
    elsewhere.asked.clear()
    for path, is_public in _paths(case):
        seen = observer.visit(url, path)
        _judge(done, registry, seen, url, is_public=is_public)
        if path in case.looks:
            done.findings += [f"{path}: {each}" for each in look(page)]
        if path in case.axe:
            done.findings += [
                f"{path}: {each}" for each in violations(page if case.scripts else _read(reader, page))
            ]
    if case.scripts and case.state.allowed:
        page.wait_for_load_state("networkidle")
    if case.signs_up:
        member = MEMBERS[case.language]
        sign_up(page, site, case.language, member)  # type: ignore[no-untyped-call]
        log_in(page, site, case.language, member)  # type: ignore[no-untyped-call]
    _judge(done, registry, observer.look(), url, is_public=False)
    done.findings += _asked(elsewhere, case, registry)
    # A reading beside the page's: what is found twice is one finding.
    done.findings = list(dict.fromkeys(done.findings))
    return done


def _leave(page: Page) -> None:
    """Come to rest on an empty page: one that is closed while it loads anew now and then never tells that it is."""
    try:
        page.goto("about:blank")
    except Error:
        # Its own loading came in between, and there is no other after it.
        page.wait_for_load_state()
        page.goto("about:blank")


def _paths(case: Case) -> Iterator[tuple[str, bool]]:
    """Public pages first: a session that a login page begins would be seen on all that follow."""
    yield case.pages.home + CLICKED, True
    yield from ((path, True) for path in case.pages.public)
    yield from ((path, False) for path in case.pages.personal)


def _judge(done: Walk, registry: Registry, seen: Traces, url: str, *, is_public: bool) -> None:
    judge = Judge(registry, done.case.state, url.partition("://")[2], datetime.now(UTC))
    done.findings += judge.findings(seen, is_public=is_public)
    done.seen |= {("cookie", c["name"], judge.domain(c)) for c in seen.cookies}
    done.seen |= {(kind, name, None) for kind, name in seen.stored}
    done.pages += 1
    done.requests += len(seen.requests)


def _asked(elsewhere: Elsewhere, case: Case, registry: Registry) -> Iterable[str]:
    """What the others' own logs say: they see what a browser's tools may not."""
    if not any(tag.category in case.state.allowed for tag in registry.tags.values()):
        yield from (f"{host} was asked for {path[:60]}" for host, path in elsewhere.asked)


def _read(reader: BrowserContext, page: Page) -> Page:
    """The same page with the same choices in the reader's profile."""
    reader.clear_cookies()
    reader.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    copy = reader.pages[0] if reader.pages else reader.new_page()
    copy.goto(page.url)
    return copy
