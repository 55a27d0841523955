"""`python -m audits.security`: run the tools, print the table, and end with 1 where a gate does not hold."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from audits.finding import Result, failed, none_of, show
from audits.security import code, headers, injection, scanner
from audits.security.people import visitors
from audits.security.site import AuditedSite, serving
from audits.tools import NotRunError

STATIC = ("bandit", "semgrep")
LIVE = ("observatory", "wapiti", "sqlmap")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="audits.security", description=__doc__)
    parser.add_argument("--only", action="append", choices=(*STATIC, *LIVE), help="one tool; may be repeated")
    parser.add_argument("--json", type=Path, help="a file for the table as JSON")
    parser.add_argument(
        "--seconds", type=int, default=600, help="time for one scan or one address (default 600)"
    )
    chosen = parser.parse_args()
    wanted = chosen.only or [*STATIC, *LIVE]
    results = list(_results(wanted, chosen.seconds))
    show(results)
    if chosen.json:
        chosen.json.write_text(
            json.dumps([result.as_dict() for result in results], indent=2), encoding="utf-8"
        )
    return 0 if results and all(result.holds for result in results) else 1


def _results(wanted: list[str], seconds: int) -> Iterator[Result]:
    if "bandit" in wanted:
        yield from _guarded("bandit", code.bandit)
    if "semgrep" in wanted:
        yield from _guarded("semgrep", code.semgrep)
    if not set(wanted) & set(LIVE):
        return
    with ExitStack() as stack:
        try:
            site = stack.enter_context(serving())
            who = stack.enter_context(visitors(site))
        except (NotRunError, RuntimeError) as error:
            yield failed("site", "start", str(error))
            return
        if "observatory" in wanted:
            yield from _guarded("observatory", lambda: headers.observatory(site))
        if "wapiti" in wanted:
            yield from _guarded("wapiti", lambda: scanner.wapiti(site, seconds, who))
        if "sqlmap" in wanted:
            yield from _guarded("sqlmap", lambda: injection.sqlmap(site, seconds, who))
        yield none_of("site", "answers of 500 and more", _broken(site))


def _guarded(name: str, tool: Callable[[], Iterator[Result]]) -> Iterator[Result]:
    try:
        for result in tool():
            print(f"{result.tool}, {result.scope}: {result.found}", file=sys.stderr, flush=True)
            yield result
    except NotRunError as error:
        yield failed(name, "run", str(error))


def _broken(site: AuditedSite) -> list[str]:
    """What the site's own log says went wrong while it was scanned."""
    return [
        line[:300]
        for line in site.log.splitlines()
        if '"level": "error"' in line or '"status": 5' in line or "Traceback" in line
    ]


if __name__ == "__main__":
    sys.exit(main())
