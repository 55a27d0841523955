"""`python -m audits.public`: look at every public page, print the table, and end with 1 where a target does not hold."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from audits.engine import violations
from audits.finding import Result, failed, none_of, show
from audits.public import markup
from audits.public.lighthouse import lighthouse
from audits.public.site import Pages, pages
from audits.tools import NotRunError
from tests.support.browser import FLAGS, chromium
from tests.support.server import serving

TOOLS = ("vnu", "schema", "axe", "lighthouse")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> int:
    """Look with every tool, or with one; ends with 2 for a page that there is not."""
    parser = argparse.ArgumentParser(prog="audits.public", description=__doc__)
    parser.add_argument("--only", action="append", choices=TOOLS, help="one tool; may be repeated")
    parser.add_argument("--page", action="append", help="one page, such as /fi/ehdot; may be repeated")
    parser.add_argument("--json", type=Path, help="a file for the table as JSON")
    parser.add_argument(
        "--quiet", action="store_true", help="the machine does nothing else: speed counts too"
    )
    chosen = parser.parse_args()
    program = chromium(whole=True)
    if program is None:
        show([failed("chromium", "start", "Chromium is missing")])
        return 1
    found = []
    with tempfile.TemporaryDirectory(prefix="audit-") as folder, serving(Path(folder) / "site") as site:
        try:
            wanted = pages(site.url, chosen.page)
        except ValueError as error:
            parser.error(str(error))
        for result in results(wanted, program, chosen.only or list(TOOLS), is_quiet=chosen.quiet):
            print(f"{result.tool}, {result.scope}: {result.found}", file=sys.stderr, flush=True)
            found.append(result)
    show(found)
    if chosen.json:
        chosen.json.write_text(json.dumps([each.as_dict() for each in found], indent=2), encoding="utf-8")
    return 0 if found and all(result.holds for result in found) else 1


def results(of: Pages, program: Path, wanted: list[str], *, is_quiet: bool) -> Iterator[Result]:
    """What each tool says; of one that did not run, that."""
    tools = {
        "vnu": lambda: markup.vnu(of),
        "schema": lambda: markup.schema(of),
        "axe": lambda: _axe(of, program),
        "lighthouse": lambda: lighthouse(of, program, is_quiet=is_quiet),
    }
    for name in wanted:
        try:
            yield from tools[name]()
        except NotRunError as error:
            yield failed(name, "run", str(error))


def _axe(of: Pages, program: Path) -> Iterator[Result]:
    """Nothing on any page, light or dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme, bypass_csp=True)
            wrong = []
            for path in of.everything:
                page.goto(of.url + path)
                wrong += [f"{path}: {each}" for each in violations(page)]
            yield none_of("axe", f"{len(of.everything)} pages, {scheme}", wrong)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
