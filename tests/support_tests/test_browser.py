import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.browser import Watch, keep_picture

pytestmark = pytest.mark.browser
PLAIN = "<!doctype html><title>Plain</title><p>Hei"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def folder(tmp_path):
    """A folder and the address it is served at."""
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def watched(browser, folder, html):
    """The problems that a page of ours would fail its test with."""
    path, address = folder
    (path / "page.html").write_text(html)
    context = browser.new_context()
    watch = Watch(context)
    page = context.new_page()
    page.goto(f"{address}/page.html", wait_until="networkidle")
    context.close()
    return "; ".join(watch.problems)


def test_a_page_speaks_the_language_and_has_javascript_or_not(page, folder, javascript, language):
    path, address = folder
    script = "<script>document.title = navigator.language</script>"
    (path / "page.html").write_text(
        f"<!doctype html><title>none</title>{script}<link rel=icon href='data:,'>"
    )
    page.goto(f"{address}/page.html")
    assert page.title() == ({"fi": "fi-FI", "en": "en-GB"}[language] if javascript else "none")


def test_a_picture_is_kept(new_page, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.support.browser.SCREENSHOTS", tmp_path)
    path, address = folder
    (path / "page.html").write_text(PLAIN + "<link rel=icon href='data:,'>")
    page = new_page(width=360)
    page.goto(f"{address}/page.html")
    keep_picture(page, "plain")
    assert (tmp_path / "plain.png").read_bytes()[16:20] == (360).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<script>throw new Error('broken')</script>", "script: .*broken"),
        ("<script src='missing.js'></script>", "404 for .*missing.js"),
        ("<img src='http://tracker.example.com/pixel.gif'>", "asked another machine"),
        (
            "<meta http-equiv=Content-Security-Policy content=\"style-src 'self'\"><p style='color: red'>",
            "console: .*Content Security Policy",
        ),
    ],
)
def test_what_goes_wrong_on_a_page_is_seen(browser, folder, html, problem):
    assert re.search(problem, watched(browser, folder, PLAIN + html))


def test_a_sound_page_has_no_problems(browser, folder):
    assert watched(browser, folder, PLAIN + "<link rel=icon href='data:,'>") == ""
