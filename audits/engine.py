"""The accessibility engine (axe-core), by the rules of WCAG 2.2 A and AA and its own best practices."""

from collections.abc import Iterator, Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}


def violations(page: Page, without: Sequence[str] = ()) -> Iterator[str]:
    """What it finds on the page that is open, a line a rule; `without` are selectors of what it does not look at."""
    context = {"exclude": [[selector] for selector in without]} if without else None
    for found in Axe().run(page, context=context, options=RULES).response["violations"]:
        places = ", ".join(node["html"][:80] for node in found["nodes"][:3])
        yield f"axe {found['id']}: {places}"
