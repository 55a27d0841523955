"""A page that comes in piece by piece, as over a bad network, moves nothing that is already in sight."""

import http.client
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from audits.consent.traces import Observer

pytestmark = pytest.mark.browser

PIECE = 700


@contextmanager
def slowly(url):
    """The site at `url` behind a line that hands over its pages in pieces of 700 bytes; the address of the line."""

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *told):
            pass

        def do_GET(self):
            site = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            site.request("GET", self.path)
            answer = site.getresponse()
            body = answer.read()
            site.close()
            kind = answer.headers["Content-Type"]
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            size = PIECE if kind.startswith("text/html") else len(body) or 1
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                self.wfile.flush()
                if size == PIECE:
                    time.sleep(0.03)

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "size", [(1280, 1400), (1280, 800), (360, 640)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_nothing_moves_while_a_page_comes_in(live_site, browser, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    with slowly(live_site.url) as url:
        for path in ("/fi/yhteys", "/en/rights/sent", "/fi/oikeudet/lahetetty"):
            seen = Observer(context, page).visit(url, path)
            assert page.locator("header.masthead nav").is_visible()
            assert page.locator("footer.colophon").is_visible()
            assert (path, seen.shifts) == (path, [])
    context.close()
