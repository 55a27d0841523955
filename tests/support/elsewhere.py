"""Stand-ins for the servers of others, on this machine and under their own names, over TLS.

The browser is told that their names lead here. Each stand-in answers a script like the real one's in
what matters: it reads the page's queue, stores what the real one stores, and reports to its maker.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext

from tests.support.browser import FLAGS, chromium
from tests.support.components import missing

GOOGLE = """
const queue = window.dataLayer ?? [];
const told = queue.map((entry) => JSON.stringify(Array.from(entry)));
let number = 0;
const report = (entry) => new Image().src =
  `https://www.google-analytics.com/g/collect?n=${number++}&said=${encodeURIComponent(entry)}`;
told.forEach(report);
const push = queue.push;
queue.push = (entry) => { report(JSON.stringify(Array.from(entry))); return push.call(queue, entry); };
document.cookie = "_ga=GA1.1.1;path=/;max-age=1000";
document.cookie = "_ga_TEST1234=GS1.1;path=/;max-age=1000";
"""
META = """
window.fbq.queue.forEach((entry, n) => {
  const said = encodeURIComponent(JSON.stringify(Array.from(entry)));
  new Image().src = `https://www.facebook.com/tr?n=${n}&said=${said}`;
});
document.cookie = "_fbp=fb.1.1;path=/;max-age=1000";
"""
LINKEDIN = """
new Image().src = "https://px.ads.linkedin.com/collect?pid=" + window._linkedin_data_partner_ids.join();
document.cookie = "li_fat_id=1;path=/;max-age=1000";
"""
MATOMO = """
window._paq.forEach((call) => {
  new Image().src = "https://stats.example.fi/matomo.php?said=" + encodeURIComponent(JSON.stringify(call));
});
document.cookie = "_pk_id.1.abcd=1;path=/;max-age=1000";
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
HOSTS = (
    *{host for host, _ in SCRIPTS},
    "www.google-analytics.com",
    "www.facebook.com",
    "px.ads.linkedin.com",
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
            body = (script or "").encode()
            self.send_response(200 if script else 204)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """The list is the log."""

    return Handler


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """The servers of others, running; `asked` is emptied by each test that cares."""
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("elsewhere")
    path = Path(folder) / "server.pem"
    authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    log = Elsewhere(0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(log))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    log.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield log
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def wide_browser(elsewhere: Elsewhere, browser: Browser) -> Iterator[Browser]:
    """A browser for which the names of others lead to their stand-ins, and no other name leads anywhere."""
    program = chromium()
    if program is None:
        missing("Chromium")
    rules = [f"MAP {host} 127.0.0.1:{elsewhere.port}" for host in HOSTS]
    rules += ["MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"]
    flags = [flag for flag in FLAGS if not flag.startswith("--host-resolver-rules")]
    wide = browser.browser_type.launch(
        executable_path=program, headless=True, args=[*flags, f"--host-resolver-rules={', '.join(rules)}"]
    )
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
