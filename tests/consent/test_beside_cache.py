"""A shared cache tells of the pages with the bar that it answered by itself, and they are counted."""

import http.client
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from shutil import which
from threading import Thread

import pytest
from sqlalchemy import select

from clevenio.consent import beside_cache
from clevenio.consent.cookies import Choices
from clevenio.consent.models import Shown
from clevenio.consent.notices import choices_notice
from tests.support.components import missing
from tests.support.server import PROGRAM, free_port, is_taken

CONFIGURATION = Path(__file__).parents[2] / "docs" / "nginx.conf"
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


class Cache:
    """nginx with the configuration of the documentation, in front of a site."""

    def __init__(self, site, folder):
        self.port, self.told = free_port(), udp_port()
        text = CONFIGURATION.read_text("utf-8")
        for was, becomes in {
            "listen 8080;": f"listen 127.0.0.1:{self.port};",
            "http://127.0.0.1:8000": f"http://127.0.0.1:{site.port}",
            "127.0.0.1:5140": f"127.0.0.1:{self.told}",
            "/var/cache/nginx/clevenio": f"{folder}/cache",
            "proxy_set_header Host $host": f"proxy_set_header Host localhost:{site.port}",
        }.items():
            assert text.count(was) == 1, was
            text = text.replace(was, becomes)
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{\naccess_log {folder}/access.log;\n{temporary}{text}}}\n",
            "utf-8",
        )
        self._process = subprocess.Popen([which("nginx"), "-p", folder, "-c", folder / "nginx.conf"])
        wait_until(lambda: is_taken(self.port))

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def close(self):
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(10)


def udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(holds):
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_listening(port):
    """Whether somebody has bound the UDP port."""
    return f":{port:04X} " in Path("/proc/net/udp").read_text("ascii")


def test_behind_nginx_each_page_counts_once_whoever_answered_it(start_site, tmp_path):
    if which("nginx") is None:
        missing("nginx")
    site = start_site()
    cache = Cache(site, tmp_path)
    listener = subprocess.Popen(
        [PROGRAM, "consent", "shown", "--port", str(cache.told)], cwd=site.data, env=site.environment
    )
    try:
        wait_until(lambda: is_listening(cache.told))
        etag = cache.get("/en/").headers["ETag"]
        browsers = [Thread(target=browse, args=(cache, etag)) for _ in range(3)]
        for each in browsers:
            each.start()
        for each in browsers:
            each.join()
        # What is nobody's look at a page with the bar, from the cache and past it.
        answered = f"choices={Choices(VERSION, frozenset()).value}"
        for _ in range(2):
            for headers in (
                {"Sec_GPC": "1"},
                {"Sec_Fetch_Dest": "empty"},
                {"Sec_Purpose": "prefetch;prerender"},
                {"Cookie": answered},
            ):
                assert cache.get("/en/product", **headers).status == 200
            assert cache.get("/en/company", "HEAD").status == 200
            assert cache.get("/en/no-such-page").status == 404
        hidden = cache.get("/en/").headers
        assert hidden["Clevenio-Shown"] is None
    finally:
        cache.close()
        listener.terminate()
        assert listener.wait(20) == 0
    assert site.stop() == 0
    with site.session() as session:
        pages = {row.notice: row.pages for row in session.scalars(select(Shown))}
    assert pages == {VERSION: 1 + 3 * 40 + 1, choices_notice("fi").id: 3 * 20}
    told_of_nobody(tmp_path)


def browse(cache, etag):
    """Sixty looks, some of them at a page that the browser had kept."""
    for number in range(20):
        assert cache.get("/en/", Sec_Fetch_Dest="document").status == 200
        assert cache.get("/fi/", Accept_Encoding="br").status == 200
        assert cache.get("/en/", If_None_Match=etag).status == 304
        time.sleep(0.06 if number % 5 == 0 else 0)


def told_of_nobody(folder):
    """The one log that is named takes the place of the one outside it, so nginx wrote nothing down."""
    assert (folder / "access.log").read_text("utf-8") == ""
    assert not re.search(r"emerg|alert|crit|error", (folder / "error.log").read_text("utf-8"))
