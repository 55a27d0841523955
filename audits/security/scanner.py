"""wapiti, as nobody, as a customer and as staff: what it raises, less what has been tried and does not hold.

Public forms carry no token, which wapiti takes for a missing protection; what protects them is `Sec-Fetch-Site`
and `Origin` (docs/decisions/0013). So each form it names is attacked: a post as another site would cause it. Only
one that is taken counts.
"""

import http.client
import json
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from audits.finding import Result, failed
from audits.security.people import Visitors
from audits.security.site import AuditedSite
from audits.tools import ENVIRONMENTS, NotRunError, python_tool, run

# Never ssrf, xxe or log4shell, which call out.
MODULES = "csrf,xss,permanentxss,sql,timesql,redirect,crlf,cookieflags,http_headers,csp,methods,exec,file,upload,backup"
# Where a scanner would end its own session, or throw away what it scans.
LEAVE_ALONE = ("/logout", "/kirjaudu-ulos", "/sessions", "/istunnot", "/downloads/")
# What is meant so: (kind, in its words) and why.
MEANT = {
    (
        "HttpOnly Flag cookie",
        "choices",
    ): "read by scripts, which ask it what they may load; it holds no identity",
    (
        "Backup file",
        "/en/account/agreements.zip",
    ): "the customer's own agreements, which that address hands out",
}
SCOPES = {"nobody": "/en/", "customer": "/en/account", "staff": "/staff/"}


def wapiti(site: AuditedSite, seconds: int, who: Visitors | None = None) -> Iterator[Result]:
    """One line a visitor. The time is split between walking and each of the attacks."""
    cookies = {"nobody": None, "customer": who.customer, "staff": who.staff} if who else {"nobody": None}
    for name, cookie in cookies.items():
        try:
            yield _scan(site, name, cookie, seconds)
        except NotRunError as error:
            yield failed("wapiti", name, str(error))


def _scan(site: AuditedSite, name: str, cookie: str | None, seconds: int) -> Result:
    home = ENVIRONMENTS / "wapiti" / "run"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    report = home / "report.json"
    command: list[str | Path] = [python_tool("wapiti"), "-u", f"{site.url}{SCOPES[name]}", "-m", MODULES]
    command += ["-f", "json", "-o", report, "--flush-session", "--no-bugreport", "--verify-ssl", "0"]
    command += ["--store-session", home, "--store-config", home, "-d", "4", "--tasks", "4"]
    command += [
        "--max-scan-time",
        str(max(30, seconds // 5)),
        "--max-attack-time",
        str(max(20, seconds // 20)),
    ]
    command += ["-H", "Sec-Fetch-Site: same-origin"]
    if cookie:
        command += ["-C", cookie]
    for path in LEAVE_ALONE:
        command += ["-x", f"{site.url}/*{path}*"]
    run(command, seconds=seconds * 2, env={"HOME": str(home)})
    return _judged(site, name, report)


def _judged(site: AuditedSite, name: str, report: Path) -> Result:
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotRunError("wapiti left no report") from error
    pages = told["infos"]["crawled_pages_nbr"]
    raised = [
        (kind, each)
        for part in ("vulnerabilities", "anomalies")
        for kind, found in told[part].items()
        for each in found
    ]
    standing = [
        f"{kind}: {each['method']} {each['path']} {each['info']}"
        for kind, each in raised
        if not _is_answered(site, kind, each)
    ]
    text = f"{len(standing)} of {len(raised)} raised hold, {pages} pages"
    # A walk that saw next to nothing has not found nothing.
    return Result("wapiti", name, text, "0", not standing and pages >= 5, tuple(standing))


def _is_answered(site: AuditedSite, kind: str, found: dict[str, str]) -> bool:
    if any(kind == known and said in found["info"] for known, said in MEANT):
        return True
    return (
        kind == "Cross Site Request Forgery" and "Lack of" in found["info"] and _refuses_others(site, found)
    )


def _refuses_others(site: AuditedSite, found: dict[str, str]) -> bool:
    """Whether the form refuses a post that another site made the browser send."""
    _, _, body = found["http_request"].partition("\n\n")
    kinds = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ]
    return all(
        _post(site, found["path"], body.strip() or urlencode({"x": "y"}), more) == 403 for more in kinds
    )


def _post(site: AuditedSite, path: str, body: str, headers: dict[str, str]) -> int:
    trust = ssl.create_default_context(cafile=str(site.certificate))
    connection = http.client.HTTPSConnection("localhost", site.port, timeout=10, context=trust)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        connection.request("POST", path, body.encode(), kind)
        return connection.getresponse().status
    finally:
        connection.close()
