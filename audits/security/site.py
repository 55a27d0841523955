"""The real site for a while: granian with TLS of its own, on loopback, with made-up people in an embedded folder."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audits.tools import ENVIRONMENTS, ROOT, NotRunError, run
from clevenio.settings import PREFIX, Settings

PEOPLE = ROOT / "tests" / "data" / "people-1000.csv"
BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class AuditedSite:
    """Where the site answers, what it runs on, and the certificate that it shows."""

    url: str
    port: int
    folder: Path
    certificate: Path
    env: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.env)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def command(self, *arguments: str | Path) -> str:
        """A command of the project on this site."""
        return run([BIN / "clevenio", *arguments], seconds=300, cwd=self.folder, env=self.env)


@contextmanager
def serving() -> Iterator[AuditedSite]:
    """A site that serves until the block ends, and is thrown away then."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="site-", dir=ENVIRONMENTS))
    port = _free_port()
    url = f"https://localhost:{port}"
    # Scanners change the network they claim to come from, so that limits stay on and are not what answers.
    chosen = {"DATA": str(folder / "data"), "BASE_URL": url, "PORT": str(port), "TRUSTED_PROXIES": "1"}
    env = {PREFIX + name: value for name, value in chosen.items()}
    site = AuditedSite(url, port, folder, folder / "certificate.pem", env)
    try:
        _make_certificate(folder)
        site.command("db", "upgrade")
        site.command("people", "import", PEOPLE)
        with _granian(site):
            yield site
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _make_certificate(folder: Path) -> None:
    if not shutil.which("openssl"):
        raise NotRunError("openssl is missing")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", "key.pem", "-out", "certificate.pem", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    run(command, seconds=30, cwd=folder)


@contextmanager
def _granian(site: AuditedSite) -> Iterator[None]:
    command = [str(BIN / "granian"), "--interface", "wsgi", "--factory", "--workers", "2", "--no-ws"]
    command += ["--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(site.port)]
    command += ["--ssl-certificate", str(site.certificate), "--ssl-keyfile", str(site.folder / "key.pem")]
    with (site.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--log-level", "warning", "clevenio.web_process:web_process"],
            cwd=site.folder,
            env={**os.environ, **site.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_alive(site, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_alive(site: AuditedSite, process: "subprocess.Popen[bytes]") -> None:
    trust = ssl.create_default_context(cafile=str(site.certificate))
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{site.url}/livez", timeout=2, context=trust).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise NotRunError(f"the site does not answer: {site.log[-2000:]}")
