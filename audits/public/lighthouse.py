"""Lighthouse, as on a phone: 100 in accessibility, best practices and SEO, and nothing that moves."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from audits.finding import Result, failed
from audits.public.site import CHECKERS, Pages
from audits.tools import NotRunError, node_tool, run
from tests.support.browser import FLAGS

GATED = {"accessibility": "accessibility", "best-practices": "practices", "seo": "SEO"}
RUNS = 3


def lighthouse(pages: Pages, program: Path, *, is_quiet: bool) -> Iterator[Result]:
    """A line a page of the sitemap. On a quiet machine performance counts too, as the median of three runs."""
    modules = node_tool(CHECKERS)
    for path in pages.listed:
        try:
            told = [_look(modules, program, pages.url + path) for _ in range(RUNS if is_quiet else 1)]
            yield judged(path, told, is_quiet=is_quiet)
        except NotRunError as error:
            yield failed("lighthouse", path, str(error))


def _look(modules: Path, program: Path, address: str) -> dict[str, object]:
    script = CHECKERS / "lighthouse.mjs"
    told: dict[str, object] = json.loads(
        run(["node", script, modules, program, address, "--headless=new", *FLAGS], seconds=180)
    )
    return told


def judged(path: str, told: Sequence[dict[str, object]], *, is_quiet: bool) -> Result:
    """What several looks at one page come to: the worst of what is gated always, the median of performance."""
    scores = {name: min(_score(each, name) for each in told) for name in GATED}
    speed = median(_score(each, "performance") for each in told)
    shift = max(float(str(each["shift"])) for each in told)
    found = ", ".join(f"{name} {scores[key]}" for key, name in GATED.items())
    gates = [*scores.values(), *([speed] if is_quiet else [])]
    wrong = sorted({str(line) for each in told for line in _lines(each)})
    return Result(
        "lighthouse",
        path,
        f"{found}, speed {speed:.0f}, CLS {shift:.3f}",
        "100, CLS 0" if is_quiet else "100 but for speed, CLS 0",
        min(gates) == 100 and shift == 0,
        tuple(wrong),
    )


def _score(told: dict[str, object], name: str) -> int:
    scores = told["scores"]
    assert isinstance(scores, dict)
    return int(scores[name])


def _lines(told: dict[str, object]) -> list[object]:
    wrong = told["wrong"]
    assert isinstance(wrong, list)
    return wrong
