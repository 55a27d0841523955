"""sqlmap, level 3 and risk 3, on every parameter that a stranger may send, and on those of the inbox."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audits.finding import Result, failed
from audits.security.people import Visitors
from audits.security.site import AuditedSite
from audits.tools import ENVIRONMENTS, NotRunError, python_tool, run


class Target(NamedTuple):
    """An address with a place for a token, and a body. `*` marks a part that is attacked, `only` names what else is."""

    name: str
    path: str
    body: str | None = None
    only: str | None = None


# The logins come last and send their password as it is: it reaches a slow hash and no statement.
STRANGER = (
    Target("inquiry", "/en/contact", "name=A&email=a%40example.com&message=hello&company=x"),
    Target("subscription", "/en/newsletter", "email=a%40example.com&topic=newsletter"),
    Target("choices", "/en/choices", "decision=save&category=analytics&notice=x&next=/en/"),
    Target("unsubscribing", "/u/{token}", "scope=topic&reason=x&undo=0"),
    Target("a token", "/u/x*"),
    Target("a static file", "/static/site.css?v=1"),
)
STAFF = (
    Target("inbox", "/staff/inquiries?state=open&page=1"),
    Target("trail", "/staff/audit?page=1"),
    Target("signups", "/staff/signups?page=1"),
)
LOGINS = (
    Target("login", "/en/login?next=/en/account", "email=a%40example.com&password=made-up", "email,next"),
    Target(
        "staff login", "/staff/login?next=/staff/", "email=a%40example.com&password=made-up", "email,next"
    ),
)
FOUND = "sqlmap identified the following injection point"
NOTHING = ("all tested parameters do not appear to be injectable", "all parameters are not injectable")
# Fewer than these, for the one or two parameters of a login, were no level 3.
FEWEST = 20


def sqlmap(site: AuditedSite, seconds: int, who: Visitors) -> Iterator[Result]:
    """One line an address. Each try claims another network, so that limits stay on and are not what answers."""
    for target, cookie in (
        *((target, None) for target in STRANGER),
        *((target, who.staff) for target in STAFF),
        *((target, None) for target in LOGINS),
    ):
        scope = f"{target.name} ({target.path.partition('?')[0].partition('/{')[0]})"
        try:
            said = _try(site, target, target.path.format(token=who.unsubscribe), cookie, seconds)
            yield _judged(scope, said)
        except NotRunError as error:
            yield failed("sqlmap", scope, str(error))


def _try(site: AuditedSite, target: Target, path: str, cookie: str | None, seconds: int) -> str:
    home = ENVIRONMENTS / "sqlmap" / "run"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command: list[str | Path] = [
        python_tool("sqlmap"),
        "-u",
        f"{site.url}{path}",
        "--batch",
        "--disable-coloring",
    ]
    command += ["--level", "3", "--risk", "3", "--threads", "4", "--timeout", "15", "--retries", "1"]
    command += ["--output-dir", home, "--flush-session", "--tamper", "xforwardedfor", "--ignore-code", "*"]
    command += ["--skip-waf", "--time-sec", "3", "--dbms", "SQLite", "--answers", "follow=N,quit=N"]
    if target.body is not None:
        command += ["--data", target.body]
    if target.only:
        command += ["-p", target.only]
    if cookie:
        # Only read, so that the answer is the staff's page; its value is no parameter.
        command += ["--cookie", cookie, "--param-exclude", "__Host-session"]
    return run(command, seconds=seconds, env={"HOME": str(home)}, codes=(0, 1))


def _judged(scope: str, said: str) -> Result:
    """What sqlmap said. Saying neither that it found something nor that there is nothing counts as a failure."""
    if FOUND in said:
        points = tuple(
            line.strip() for line in said.splitlines() if re.match(r"\s*(Parameter|Type|Payload):", line)
        )
        return Result("sqlmap", scope, "injectable", "0", False, points)
    tests = said.count("] [INFO] testing '")
    if not any(word in said for word in NOTHING) or tests < FEWEST:
        return failed("sqlmap", scope, f"{tests} tests: {said.strip()[-800:]}")
    return Result("sqlmap", scope, f"0 findings, {tests} tests", "0", True)
