"""sqlmap, level 3 and risk 3, on every parameter that a stranger may send, and on those of the inbox."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from audits.security.finding import Result
from audits.security.people import Visitors
from audits.security.site import AuditedSite
from audits.security.tools import ENVIRONMENTS, NotRunError, python_tool, run

# (name, address with a place for a token, body); `*` marks a part of an address that is attacked.
STRANGER = (
    ("login", "/en/login?next=/en/account", "email=a%40example.com&password=made-up"),
    ("staff login", "/staff/login?next=/staff/", "email=a%40example.com&password=made-up"),
    ("inquiry", "/en/contact", "name=A&email=a%40example.com&message=hello&company=x"),
    ("subscription", "/en/newsletter", "email=a%40example.com&topic=newsletter"),
    ("choices", "/en/choices", "decision=save&category=analytics&notice=x&next=/en/"),
    ("unsubscribing", "/u/{token}", "scope=topic&reason=x&undo=0"),
    ("a token", "/u/x*", None),
    ("a static file", "/static/site.css?v=1", None),
)
STAFF = (
    ("inbox", "/staff/inquiries?state=open&page=1", None),
    ("trail", "/staff/audit?page=1", None),
    ("signups", "/staff/signups?page=1", None),
)
SAFE = ("all tested parameters do not appear to be injectable", "does not seem to be injectable")


def sqlmap(site: AuditedSite, seconds: int, who: Visitors) -> Iterator[Result]:
    """One line an address. Each try claims another network, so that limits stay on and are not what answers."""
    for name, path, body in STRANGER:
        yield _try(site, name, path.format(token=who.unsubscribe), body, None, seconds)
    for name, path, body in STAFF:
        yield _try(site, name, path, body, who.staff, seconds)


def _try(
    site: AuditedSite, name: str, path: str, body: str | None, cookie: str | None, seconds: int
) -> Result:
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
    if body is not None:
        command += ["--data", body]
    if cookie:
        command += ["--cookie", cookie, "--param-exclude", "__Host-session"]
    said = run(command, seconds=seconds, env={"HOME": str(home)}, codes=(0, 1))
    told = said.lower()
    if "injectable" in told.replace(SAFE[0], "").replace(SAFE[1], "").replace("not injectable", "") and (
        "sqlmap identified the following injection point" in told or "' is vulnerable" in told
    ):
        point = [line for line in said.splitlines() if "injectable" in line or "Payload" in line]
        return Result(
            "sqlmap", f"{name} ({path.partition('?')[0][:30]})", "injectable", "0", False, tuple(point)
        )
    if SAFE[0] not in told and "no parameter(s) found" not in told:
        raise NotRunError(f"sqlmap on {name}: {said.strip()[-800:]}")
    tried = said.count("] testing '") or said.count("testing ")
    return Result("sqlmap", f"{name} ({path.partition('?')[0][:30]})", f"0 ({tried} tests)", "0", tried > 5)
