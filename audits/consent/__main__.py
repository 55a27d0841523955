"""`python -m audits.consent`: every page in each state of consent, a table, and 1 where anything was found."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from audits.consent.crawl import Case, Walk, walk
from audits.consent.judge import never_seen
from audits.consent.pages import pages
from audits.consent.plan import every
from audits.finding import Result, failed, none_of, show
from clevenio.registry import Clocks, Registry
from clevenio.registry.loader import shipped
from clevenio.settings import Settings
from tests.support.browser import chromium
from tests.support.elsewhere import TAGS, Elsewhere, leading_to, standing_in
from tests.support.server import Site, serving

ROOT = Path(__file__).parents[2]
HAR = ROOT / "var" / "har"
# The site as it is shipped, and with every script of others that the registry knows.
SITES = {"plain": {}, "tags": {"TAGS": TAGS}}


def main() -> int:
    """Walk through both sites, or through one."""
    parser = argparse.ArgumentParser(prog="audits.consent", description=__doc__)
    parser.add_argument("--site", action="append", choices=tuple(SITES), help="one of the two sites")
    parser.add_argument("--only", action="append", help="a state of consent, such as fresh; may be repeated")
    parser.add_argument("--json", type=Path, help="a file for the table as JSON")
    parser.add_argument("--har", type=Path, default=HAR, help=f"a folder for a HAR a walk (default {HAR})")
    chosen = parser.parse_args()
    results = list(_results(chosen.site or list(SITES), chosen.only, chosen.har))
    show(results)
    if chosen.json:
        chosen.json.write_text(json.dumps([each.as_dict() for each in results], indent=2), encoding="utf-8")
    return 0 if results and all(result.holds for result in results) else 1


def _results(sites: list[str], only: list[str] | None, har: Path) -> Iterator[Result]:
    program = chromium(whole=True)
    if program is None:
        yield failed("crawl", "start", "Chromium is missing")
        return
    folder = Path(tempfile.mkdtemp(prefix="crawl-"))
    try:
        with ExitStack() as stack:
            elsewhere = stack.enter_context(standing_in(folder))
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=program, args=leading_to(elsewhere))
            for name in sites:
                yield from _of_site(name, only, folder, har, browser, elsewhere)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _of_site(
    name: str, only: list[str] | None, folder: Path, har: Path, browser: Browser, elsewhere: Elsewhere
) -> Iterator[Result]:
    with serving(folder / name, **SITES[name]) as site:
        registry = in_force(site)
        cases = list(every(registry, pages(site.environment), is_looked_at=name == "tags"))
        wanted = [case for case in cases if not only or case.state.name in only]
        if not wanted:
            yield failed(name, "states", f"there is no such state among {', '.join(_names(cases))}")
        walks = []
        for case in wanted:
            done = walk(browser, site, registry, case, elsewhere, har / name)
            walks.append(done)
            print(
                "\n  ".join([f"{name}, {case.name}:", *(done.findings or ["nothing"])]),
                file=sys.stderr,
                flush=True,
            )
            yield result(name, done)
        if wanted and not only:
            lacking = never_seen(registry, set().union(*(done.seen for done in walks)))
            yield none_of(name, "declared, and never seen", lacking)


def in_force(site: Site) -> Registry:
    """What a running site declares, by its settings."""
    settings = Settings.from_env(site.environment)
    return shipped().in_force(
        settings.tags, settings.embeds, Clocks(settings.consent_days, settings.refusal_days)
    )


def result(site: str, done: Walk) -> Result:
    """One line of the table. A walk that saw next to nothing has not found nothing."""
    found = f"{len(done.findings)} findings on {done.pages} pages, {done.requests} requests"
    holds = not done.findings and done.pages > 5
    return Result(site, done.case.name, found, "0", holds, tuple(done.findings))


def _names(cases: list[Case]) -> list[str]:
    return list(dict.fromkeys(case.state.name for case in cases))


if __name__ == "__main__":
    sys.exit(main())
