"""Stand-ins for the servers of others, on this machine and under their own names, over TLS.

The browser is told that their names lead here. Each stand-in answers a script like the real one's in
what matters: it reads the page's queue, stores what the real one stores, and reports to its maker.
"""

import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext

from tests.support.browser import FLAGS, chromium
from tests.support.components import missing

# Every tag of the registry, switched on: the value of the setting TAGS.
KEYS = {
    "google_analytics": "G-TEST1234",
    "google_ads": "AW-12345678",
    "meta_pixel": "1234567890",
    "linkedin_insight": "12345",
    "matomo": "stats.example.fi/1",
    "plausible": "plausible.io/example.fi",
}
TAGS = ",".join(f"{name}={key}" for name, key in KEYS.items())
# What the real ones keep, for as long as their makers say, in days; Chromium cuts at 400.
KEEP = """
const keep = (name, days) => {
  document.cookie = `${name}=1.1;path=/` + (days ? `;max-age=${days * 86400}` : "");
};
const clicked = (name) => new URLSearchParams(location.search).has(name);
"""
GOOGLE = """
const queue = window.dataLayer ?? [];
let number = 0;
const hear = (entry) => {
  const said = encodeURIComponent(JSON.stringify(entry));
  new Image().src = `https://www.googletagmanager.com/heard?n=${number++}&said=${said}`;
  if (entry[0] !== "config") return;
  const [, kind, key] = entry[1].match(/^(\\w+)-(\\w+)$/);
  if (kind === "G") measure(key);
  else advertise(key);
};
const measure = (key) => {
  ["_ga", `_ga_${key}`].forEach((name) => keep(name, 730));
  new Image().src = `https://www.google-analytics.com/g/collect?tid=${key}`;
};
const advertise = (key) => {
  keep("_gcl_au", 90);
  if (clicked("gclid")) ["_gcl_aw", `_gac_${key}`].forEach((name) => keep(name, 90));
  new Image().src = `https://googleads.g.doubleclick.net/pagead/viewthroughconversion/${key}`;
};
queue.map((entry) => Array.from(entry)).forEach(hear);
const push = queue.push;
queue.push = (entry) => { hear(Array.from(entry)); return push.call(queue, entry); };
"""
META = """
window.fbq.queue.forEach((entry, n) => {
  const said = encodeURIComponent(JSON.stringify(Array.from(entry)));
  new Image().src = `https://www.facebook.com/tr?n=${n}&said=${said}`;
});
keep("_fbp", 90);
if (clicked("fbclid")) keep("_fbc", 90);
["lastExternalReferrer", "lastExternalReferrerTime", "multiFbc"].forEach((name) => localStorage.setItem(name, "1"));
"""
LINKEDIN = """
new Image().src = "https://px.ads.linkedin.com/collect?pid=" + window._linkedin_data_partner_ids.join();
keep("li_fat_id", 30);
keep("li_giant", 7);
keep("ln_or", 1);
"""
MATOMO = """
window._paq.forEach((call) => {
  new Image().src = "https://stats.example.fi/matomo.php?said=" + encodeURIComponent(JSON.stringify(call));
});
keep("_pk_id.1.abcd", 393);
keep("_pk_ses.1.abcd", 0.02);
keep("_pk_ref.1.abcd", 183);
keep("_pk_testcookie.1.abcd", 0);
"""
PLAUSIBLE = """
const site = document.querySelector("script[data-domain]").dataset.domain;
fetch("https://plausible.io/api/event", { method: "POST", mode: "no-cors", body: JSON.stringify({ d: site }) });
"""
SCRIPTS = {
    ("www.googletagmanager.com", "/gtag/js"): GOOGLE,
    ("connect.facebook.net", "/en_US/fbevents.js"): META,
    ("snap.licdn.com", "/li.lms-analytics/insight.min.js"): LINKEDIN,
    ("stats.example.fi", "/matomo.js"): MATOMO,
    ("plausible.io", "/js/script.js"): PLAUSIBLE,
}
# The cookies of their own sites, by name and days, which they set wherever their pixels are shown.
THEIRS: dict[str, tuple[str, dict[str, float]]] = {
    "googleads.g.doubleclick.net": ("doubleclick.net", {"IDE": 390, "test_cookie": 0.01}),
    "www.facebook.com": ("facebook.com", {"fr": 90}),
    "px.ads.linkedin.com": (
        "linkedin.com",
        {
            "bcookie": 365,
            "bscookie": 365,
            "li_sugr": 90,
            "UserMatchHistory": 30,
            "AnalyticsSyncHistory": 30,
            "lidc": 1,
        },
    ),
}
# What stands in a frame of ours: it keeps what the real one keeps, under its own name.
FRAMED = """<!doctype html><title>Elsewhere</title><body style="background:#123;color:#fff"><p>Shown</p>
<script>localStorage.setItem("yt-remote-device-id", "1")</script>"""
FRAMES = ("www.youtube-nocookie.com", "www.openstreetmap.org")
HOSTS = (
    *{host for host, _ in SCRIPTS},
    *THEIRS,
    *FRAMES,
    "www.google-analytics.com",
    "unknown.example.net",
)


class Elsewhere:
    """What was asked of others: (host, path with query) in the order in which it came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[str, str]] = []

    def hosts(self) -> set[str]:
        """Whoever was asked for anything."""
        return {host for host, _ in self.asked}


def _handler(log: Elsewhere) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            log.asked.append((host, self.path))
            script = SCRIPTS.get((host, self.path.partition("?")[0]))
            found = FRAMED if host in FRAMES else f"{{{KEEP}{script}}}" if script else ""
            body = found.encode()
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html" if host in FRAMES else "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            domain, cookies = THEIRS.get(host, ("", {}))
            for name, days in cookies.items():
                self.send_header("Set-Cookie", _cookie(name, domain, days))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """The list is the log."""

    return Handler


class Server(ThreadingHTTPServer):
    """One that is not surprised when a browser leaves while it is answered."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ssl.SSLError | ConnectionError):
            super().handle_error(request, client_address)


def _cookie(name: str, domain: str, days: float) -> str:
    """As others set them for themselves: seen by their own servers alone, on every site."""
    return f"{name}=1; Domain={domain}; Path=/; Max-Age={int(days * 86400)}; Secure; HttpOnly; SameSite=None"


@contextmanager
def standing_in(folder: Path) -> Iterator[Elsewhere]:
    """The servers of others, until the block ends; their certificate is written into the folder."""
    authority, path = trustme.CA(), folder / "server.pem"
    authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    log = Elsewhere(0)
    server = Server(("127.0.0.1", 0), _handler(log))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    log.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield log
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def leading_to(elsewhere: Elsewhere) -> list[str]:
    """The flags of a browser for which the names of others lead to their stand-ins, and no other name anywhere."""
    rules = [f"MAP {host} 127.0.0.1:{elsewhere.port}" for host in HOSTS]
    rules += ["MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"]
    flags = [flag for flag in FLAGS if not flag.startswith("--host-resolver-rules")]
    return [*flags, f"--host-resolver-rules={', '.join(rules)}"]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """The servers of others, running; `asked` is emptied by each test that cares."""
    with standing_in(tmp_path_factory.mktemp("elsewhere")) as log:
        yield log


@pytest.fixture(scope="module")
def wide_browser(elsewhere: Elsewhere, browser: Browser) -> Iterator[Browser]:
    """A browser that knows the stand-ins."""
    program = chromium()
    if program is None:
        missing("Chromium")
    wide = browser.browser_type.launch(executable_path=program, headless=True, args=leading_to(elsewhere))
    yield wide
    wide.close()


@pytest.fixture
def wide_context(wide_browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`wide_context()`: a fresh profile in that browser, which takes the stand-ins' certificates."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = wide_browser.new_context(ignore_https_errors=True, **options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
