"""A shared cache tells of the pages with the bar that it answered by itself, and they are counted."""

import socket
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from clevenio.consent import beside_cache
from clevenio.consent.cookies import Choices
from clevenio.consent.models import Shown
from clevenio.consent.notices import choices_notice
from tests.support.nginx import Nginx, wait_until
from tests.support.server import PROGRAM

VERSION = choices_notice("en").id
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.mark.parametrize(
    ("datagram", "version"),
    [
        (f"<190>Nov 26 06:00:00 shown: {VERSION}", VERSION),
        (f"<190>Nov 26 06:00:00 www shown: {VERSION}\n", VERSION),
        (f"<190>Nov 26 06:00:00 shown: {VERSION}0", None),
        (f"<190>Nov 26 06:00:00 other: {VERSION}", None),
        (f"<190>Nov 26 06:00:00 shown: {VERSION.upper()}", None),
        (f"shown: {VERSION}", None),
        (VERSION, None),
        ("", None),
        ("\x00" * 1024, None),
    ],
)
def test_only_such_a_line_is_one_page(datagram, version):
    assert beside_cache.version_in(datagram.encode()) == version


class Told:
    """What a counter was told; the last thing ends the listening."""

    def __init__(self, number):
        self.versions, self._number = [], number

    def add(self, shown):
        self.versions.append(shown.id)
        if len(self.versions) == self._number:
            raise EOFError


def test_what_is_asked_today_counts_and_nothing_else_does(caplog):
    told = Told(2)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as cache,
    ):
        listener.bind(("127.0.0.1", 0))
        for said in (VERSION, "0" * 32, "0" * 32, "1" * 32, "2" * 32, "nonsense", choices_notice("fi").id):
            cache.sendto(f"<190>Nov 26 06:00:00 shown: {said}".encode(), listener.getsockname())
        cache.sendto(b"\xff" * 5000, listener.getsockname())
        with pytest.raises(EOFError):
            beside_cache.listen(listener, told)
    assert told.versions == [VERSION, choices_notice("fi").id]
    # Whoever sends many of them fills no log.
    assert len(caplog.records) == 2
    assert "0" * 32 in caplog.text


@on_sqlite
@pytest.mark.parametrize("path", ["/en/", "/en/contact"])
def test_a_page_names_the_version_that_stands_on_it(client, path):
    assert client.get(path).headers["Clevenio-Shown"] == VERSION
    assert "Clevenio-Shown" not in client.get(path, headers={"Sec-GPC": "1"}).headers
    client.post("/en/choices", data={"decision": "reject"})
    assert "Clevenio-Shown" not in client.get(path).headers


def is_listening(port):
    """Whether somebody has bound the UDP port."""
    return f":{port:04X} " in Path("/proc/net/udp").read_text("ascii")


def test_behind_nginx_each_page_counts_once_whoever_answered_it(start_site, tmp_path):
    nginx = Nginx(tmp_path)
    site = start_site(**nginx.settings)
    listener = subprocess.Popen(
        [PROGRAM, "consent", "shown", "--port", str(nginx.told)], cwd=site.data, env=site.environment
    )
    try:
        with nginx.before(site.port):
            wait_until(lambda: is_listening(nginx.told))
            browse_and_look_away(nginx)
    finally:
        listener.terminate()
        assert listener.wait(20) == 0
    assert site.stop() == 0
    with site.session() as session:
        pages = {row.notice: row.pages for row in session.scalars(select(Shown))}
    assert pages == {VERSION: 1 + 3 * 40 + 1, choices_notice("fi").id: 3 * 20}
    told_of_nobody(tmp_path)


def browse_and_look_away(nginx):
    """Three browsers at once, then what is nobody's look at a page with the bar, from the cache and past it."""
    etag = nginx.ask("/en/").headers["ETag"]
    browsers = [Thread(target=browse, args=(nginx, etag)) for _ in range(3)]
    for each in browsers:
        each.start()
    for each in browsers:
        each.join()
    answered = f"choices={Choices(VERSION, frozenset()).value}"
    for _ in range(2):
        for headers in (
            {"Sec-GPC": "1"},
            {"Sec-Fetch-Dest": "empty"},
            {"Sec-Purpose": "prefetch;prerender"},
            {"Cookie": answered},
        ):
            assert nginx.ask("/en/product", headers).status == 200
        assert nginx.ask("/en/company", method="HEAD").status == 200
        assert nginx.ask("/en/no-such-page").status == 404
    assert nginx.ask("/en/").headers["Clevenio-Shown"] is None


def browse(nginx, etag):
    """Sixty looks, some of them at a page that the browser had kept."""
    for number in range(20):
        assert nginx.ask("/en/", {"Sec-Fetch-Dest": "document"}).status == 200
        assert nginx.ask("/fi/", {"Accept-Encoding": "br"}).status == 200
        assert nginx.ask("/en/", {"If-None-Match": etag}).status == 304
        time.sleep(0.06 if number % 5 == 0 else 0)


def told_of_nobody(folder):
    """The one log that is named takes the place of the one outside it, so nginx wrote nothing down."""
    assert (folder / "access.log").read_text("utf-8") == ""
    assert (folder / "error.log").read_text("utf-8") == ""
