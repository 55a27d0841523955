"""MDN HTTP Observatory, by its own scoring, on every kind of page."""

import json
from collections.abc import Iterator
from pathlib import Path

from audits.finding import Result
from audits.security.site import AuditedSite
from audits.tools import node_tool, run

OBSERVATORY = Path(__file__).parent / "observatory"
ENOUGH = 130
PAGES = {
    "front door, a redirect": "/",
    "home": "/en/",
    "signup": "/en/signup",
    "login": "/fi/kirjaudu",
    "account, a redirect to the login": "/en/account",
    "contact": "/en/contact",
    "choices": "/fi/valinnat",
    "staff login": "/staff/login",
}
ERRORS = {"no such page": ("/en/no-such-page", 404), "a link that does not work": ("/u/forged", 404)}


def observatory(site: AuditedSite) -> Iterator[Result]:
    """One line a page; A+ begins at 100, and the gate is 130."""
    folder = node_tool(OBSERVATORY) / "@mdn" / "mdn-http-observatory"
    # The list of preloaded hosts would be downloaded; none of ours is on it.
    (folder / "conf" / "hsts-preload.json").write_text("{}")
    env = {"NODE_EXTRA_CA_CERTS": str(site.certificate)}
    for name, path in PAGES.items():
        said = run(
            ["node", "src/scan.js", f"localhost:{site.port}{path}"],
            seconds=60,
            cwd=folder,
            env=env,
            codes=(0, 1),
        )
        found = json.loads(said)
        score = found["scan"]["score"] if "scan" in found else -1
        failed = [each["result"] for each in found.get("tests", {}).values() if not each["pass"]]
        yield _result(f"{name} ({path})", score, [*failed, *([found["error"]] if "error" in found else [])])
    for name, (path, status) in ERRORS.items():
        found = _error_page(folder, f"localhost:{site.port}{path}", env)
        wrong = [] if found["status"] == status else [f"answered {found['status']}"]
        failed = found["failed"] if isinstance(found["failed"], list) else []
        yield _result(f"{name} ({path})", -1 if wrong else found["score"], [*failed, *wrong])


def _error_page(folder: Path, place: str, env: dict[str, str]) -> dict[str, object]:
    command: list[str | Path] = ["node", OBSERVATORY / "page.mjs", folder, place]
    found: dict[str, object] = json.loads(run(command, seconds=60, cwd=folder, env=env))
    return found


def _result(scope: str, score: object, details: list[object]) -> Result:
    points = score if isinstance(score, int) else -1
    told = tuple(str(each) for each in details)
    return Result("observatory", scope, str(points), f">= {ENOUGH}", points >= ENOUGH, told)
