"""A public page against a bare Flask hello, and against nginx with the same bytes as a file.

By the processor time that each request costs the server.
"""

import re
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench import nginx, site
from bench.measure import ROUNDS, Figure, median

CONNECTIONS = 8
REQUESTS = 12_000


def run(_size: int) -> Iterator[Figure]:
    """Ready bytes, as a first visitor gets them and as a returning one does (304)."""
    hello = _requests_per_cpu_second("bench.hello:create_app", {}, "/", {})
    with site.settings() as settings:
        env = {"CLEVENIO_DATA": str(settings.data)}
        body = _body(env, "/en/")
        first = _requests_per_cpu_second("clevenio.app:create_app", env, "/en/", {"Accept-Encoding": "br"})
        again = _requests_per_cpu_second("clevenio.app:create_app", env, "/en/", {"If-None-Match": "seen"})
    for name, value in (("serving", first), ("serving.304", again)):
        yield Figure(name, REQUESTS, None, value, "requests/CPU s", "bare Flask hello", hello, ">=2")
    if nginx.is_here():
        with nginx.serving(body) as (pid, port):
            file = _measured(pid, port, "/page", {}, 3 * REQUESTS)
        yield Figure("serving.nginx", REQUESTS, None, first, "requests/CPU s", "nginx, a file", file, ">=0.5")


def run_render(_size: int) -> Iterator[Figure]:
    """The same page rendered afresh each time, which is what the preference centre costs."""
    hello = _requests_per_cpu_second("bench.hello:create_app", {}, "/", {})
    with site.settings() as settings:
        env = {"CLEVENIO_DATA": str(settings.data)}
        value = _requests_per_cpu_second("clevenio.app:create_app", env, "/en/choices", {})
    yield Figure("render", REQUESTS, None, hello / value, "× CPU of hello", None, None, "<=4")


def _requests_per_cpu_second(target: str, env: dict[str, str], path: str, headers: dict[str, str]) -> float:
    with site.granian(target, env, path) as (pid, port):
        if headers.get("If-None-Match"):
            headers = {"If-None-Match": _etag(port, path)}
        return _measured(pid, port, path, headers)


def _measured(pid: int, port: int, path: str, headers: dict[str, str], count: int = REQUESTS) -> float:
    request = _request(path, headers)
    load(port, request, 1000)

    def one_round() -> float:
        before = site.cpu_of_tree(pid)
        load(port, request, count)
        return count / (site.cpu_of_tree(pid) - before)

    return median(one_round, ROUNDS)


def _body(env: dict[str, str], path: str) -> bytes:
    """The page as a browser gets it, squeezed."""
    with site.granian("clevenio.app:create_app", env, path) as (_pid, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "br"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
    return body


def _request(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _etag(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(_request(path, {"Connection": "close"}))
        head = connection.makefile("rb").read().split(b"\r\n\r\n")[0].decode("latin-1")
    found = re.search(r"etag: (\S+)", head, re.IGNORECASE)
    if found is None:
        raise RuntimeError("the page has no ETag")
    return found.group(1)


def load(port: int, request: bytes, count: int, expected: tuple[bytes, ...] = (b"200", b"304")) -> None:
    """`count` requests over a few kept connections, one answer awaited before the next request."""
    share = count // CONNECTIONS
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(_client, port, request, share, expected) for _ in range(CONNECTIONS)]:
            done.result()


def _client(port: int, request: bytes, count: int, expected: tuple[bytes, ...]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answers = connection.makefile("rb")
        for _ in range(count):
            connection.sendall(request)
            length = 0
            status = answers.readline()
            if status[9:12] not in expected:
                raise RuntimeError(f"unexpected answer {status!r}")
            while (line := answers.readline()) not in (b"\r\n", b""):
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if length:
                answers.read(length)
