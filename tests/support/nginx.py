"""Debian's nginx with the configuration that we ship and the one that Debian ships around it, over TLS."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from shutil import which

import trustme

from tests.support.components import missing
from tests.support.server import free_port, is_taken

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
AROUND = Path("/etc/nginx/nginx.conf")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


class Nginx:
    """A server in front of a site of ours: `url` is where people reach it, `told` the port that counts pages."""

    def __init__(self, folder: Path) -> None:
        if which("nginx") is None or not AROUND.exists():
            missing("nginx")
        self.folder, self.plain_port, self.port, self.told = folder, free_port(), free_port(), _udp_port()
        self.url = f"https://localhost:{self.port}"
        authority = trustme.CA()
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)
        issued = authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(str(folder / "key.pem"))
        for part in issued.cert_chain_pems:
            part.write_to_path(str(folder / "certificate.pem"), append=True)

    @property
    def settings(self) -> dict[str, str]:
        """What the configuration says that a site behind it is told."""
        return {"BASE_URL": self.url, "TRUSTED_PROXIES": "1", "TRUSTED_HOSTS": "localhost"}

    @contextmanager
    def before(self, port: int) -> Iterator[None]:
        """Run before the site at a port until the block ends."""
        own = _replaced(
            re.sub(r" *listen \[::\].*\n", "", CONFIGURATION.read_text("utf-8")),
            {
                "return 308 https://www.example.com": f"return 308 {self.url}",
                "listen 80": f"listen 127.0.0.1:{self.plain_port}",
                "listen 443": f"listen 127.0.0.1:{self.port}",
                "server_name www.example.com": "server_name localhost",
                "/etc/letsencrypt/live/www.example.com/fullchain.pem": f"{self.folder}/certificate.pem",
                "/etc/letsencrypt/live/www.example.com/privkey.pem": f"{self.folder}/key.pem",
                "127.0.0.1:8000": f"127.0.0.1:{port}",
                "127.0.0.1:5140": f"127.0.0.1:{self.told}",
                "/var/cache/nginx-clevenio": f"{self.folder}/cache",
                "/var/log/nginx/clevenio.error.log": f"{self.folder}/error.log",
                "/var/www/acme": f"{self.folder}/acme",
                # Says what the cache did, which visitors are not told.
                "proxy_cache_lock on;": "proxy_cache_lock on; add_header Test-Cache $upstream_cache_status always;",
            },
        )
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
            own += f"{name}_temp_path {self.folder}/{name};\n"
        (self.folder / "clevenio.conf").write_text(own, "utf-8")
        around = _replaced(
            AROUND.read_text("utf-8"),
            {
                "user www-data;": "daemon off; master_process off;",
                "/run/nginx.pid": f"{self.folder}/pid",
                "/var/log/nginx/error.log": f"{self.folder}/error-around.log",
                "/var/log/nginx/access.log": f"{self.folder}/access.log",
                "/etc/nginx/conf.d/*.conf": f"{self.folder}/clevenio.conf",
                "include /etc/nginx/sites-enabled/*;": "",
            },
        )
        (self.folder / "nginx.conf").write_text(around, "utf-8")
        started = subprocess.Popen(
            [str(which("nginx")), "-c", self.folder / "nginx.conf"],
            env={"PATH": os.environ["PATH"]},
        )
        try:
            wait_until(lambda: is_taken(self.port))
            yield
        finally:
            started.send_signal(signal.SIGQUIT)
            started.wait(10)

    def ask(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: str | None = None,
    ) -> Answer:
        """One request over TLS, on a connection of its own."""
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=self.trust)
        return ask(connection, path, headers, method, body)


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: str | None = None,
) -> Answer:
    """Send one request on a connection, which is closed then."""
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _replaced(text: str, what: Mapping[str, str]) -> str:
    """The text with other values; each of the old ones must be there."""
    for was, becomes in what.items():
        assert was in text, was
        text = text.replace(was, becomes)
    return text


def _udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait, at most twenty seconds."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
