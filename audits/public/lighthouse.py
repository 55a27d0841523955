"""Lighthouse, as on a phone: 100 in accessibility, best practices and SEO, and nothing that moves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from audits.finding import Result, failed
from audits.public.site import CHECKERS, Pages
from audits.tools import NotRunError, node_tool, run
from tests.support.browser import FLAGS

GATED = {"accessibility": "access", "best-practices": "practice", "seo": "SEO"}
RUNS = 3


@dataclass(frozen=True)
class Look:
    """One look at one page: scores of 100 by category, how far things moved, and what was found wrong."""

    scores: Mapping[str, int]
    shift: float
    wrong: Sequence[str]


def lighthouse(pages: Pages, program: Path, *, is_quiet: bool) -> Iterator[Result]:
    """A line a page of the sitemap. On a quiet machine performance counts too, as the median of three runs."""
    modules = node_tool(CHECKERS)
    for path in pages.listed:
        try:
            looks = [_look(modules, program, pages.url + path) for _ in range(RUNS if is_quiet else 1)]
            yield judged(path, looks, is_quiet=is_quiet)
        except NotRunError as error:
            yield failed("lighthouse", path, str(error))


def _look(modules: Path, program: Path, address: str) -> Look:
    script = CHECKERS / "lighthouse.mjs"
    said = run(["node", script, modules, program, address, "--headless=new", *FLAGS], seconds=180)
    return Look(**json.loads(said))


def judged(path: str, looks: Sequence[Look], *, is_quiet: bool) -> Result:
    """What several looks at one page come to: the worst of what is gated always, the median of performance."""
    scores = {name: min(look.scores[key] for look in looks) for key, name in GATED.items()}
    speed = median(look.scores["performance"] for look in looks)
    shift = max(look.shift for look in looks)
    gates = [*scores.values(), *([speed] if is_quiet else [])]
    found = " ".join(f"{name} {score}" for name, score in scores.items())
    return Result(
        "lighthouse",
        path,
        f"{found} speed {speed:.0f} CLS {shift:.3f}",
        f"{len(gates)} × 100, CLS 0",
        min(gates) == 100 and shift == 0,
        tuple(sorted({line for look in looks for line in look.wrong})),
    )
