"""The real thing: `clevenio serve` as a process of its own, reached over the loopback address."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from clevenio.database import Database
from tests.support import hygiene
from tests.support.commands import COMMANDS, Running
from tests.support.mailbox import Mailbox

PROGRAM = Path(sys.executable).with_name("clevenio")
START_SECONDS = 30


class Site:
    """A site of its own: folder, port, settings, and the process that serves it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.mailbox = Mailbox(data / "mail")
        chosen = {"DATA": str(data), "PORT": str(self.port), "BASE_URL": self.url, **settings}
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data),
            "PYTHONUNBUFFERED": "1",
            **{f"CLEVENIO_{name}": value for name, value in chosen.items()},
        }
        self._process: Running | None = None
        self._database: Database | None = None

    @property
    def log(self) -> str:
        """Everything the processes wrote, of all starts."""
        return (self.data / "serve.log").read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """The process that was started, and that starts the others."""
        assert self._process, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start to serve; returns once `/livez` answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._process = COMMANDS.start(
            ["serve", "--port", str(self.port)], self.data, self.environment, self.data / "serve.log"
        )
        try:
            self._wait_until_alive(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> int:
        """End it politely, as a service manager does. Returns the exit code."""
        assert self._process, "not started"
        os.kill(self._process.pid, signal.SIGTERM)
        try:
            return self._process.wait(timeout=30)
        finally:
            self.kill()

    def kill(self) -> None:
        """End every process of it at once, as a power cut does."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None
            self._wait_until_silent()

    def close(self) -> None:
        self.kill()
        if self._database:
            self._database.close()

    def run(self, *arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """A `clevenio` command beside the running site: `site.run("people", "import", path)`."""
        return COMMANDS.run([*map(str, arguments)], self.data, self.environment, stdin)

    def session(self) -> AbstractContextManager[Session]:
        """A reading session on the site's database."""
        if self._database is None:
            url = self.environment.get("CLEVENIO_DATABASE_URL", f"sqlite:///{self.data / 'clevenio.db'}")
            self._database = Database(url)
        return self._database.session(write=False)

    def _wait_until_silent(self) -> None:
        # Only the first process is our child; the others of its session end a moment after it.
        until = time.monotonic() + 5
        while is_taken(self.port):
            assert time.monotonic() < until, "a killed process still listens"
            time.sleep(0.01)

    def _wait_until_alive(self, process: Running) -> None:
        until = time.monotonic() + START_SECONDS
        while (status := _status(self.port)) is None:
            assert process.poll() is None, f"the site ended at once:\n{self.log}"
            assert time.monotonic() < until, f"no answer after {START_SECONDS} s:\n{self.log}"
            time.sleep(0.03)
        assert status == 200, f"/livez answers {status}:\n{self.log}"


_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that nobody in this process was given before."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _status(port: int) -> int | None:
    """What `/livez` answers; None where nobody listens yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Site]:
    """A site that serves until the block ends. Settings come without their prefix."""
    site = Site(data, **settings)
    try:
        site.start()
        yield site
        hygiene.assert_clean(site)
    finally:
        site.close()


@pytest.fixture(scope="module")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running site for a file of tests, on SQLite, mail kept as files."""
    with serving(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def live_database(live_site: Site) -> Iterator[Database]:
    """The running site's database, to put there what takes long to come about by pages."""
    opened = Database(f"sqlite:///{live_site.data / 'clevenio.db'}")
    yield opened
    opened.close()


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`start_site(SMTP_URL=smtp_sink.url, DATABASE_URL=database_url)`: a running site of the test's own."""
    started: list[Site] = []

    def start(**settings: str) -> Site:
        site = Site(tmp_path / f"site-{len(started)}", **settings)
        started.append(site)
        site.start()
        return site

    yield start
    for site in started:
        site.kill()
    try:
        for site in started:
            hygiene.assert_clean(site)
    finally:
        for site in started:
            site.close()
