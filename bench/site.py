"""A site of its own for a measurement: settings, folder, database, server process."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clevenio import migrations
from clevenio.database import Database
from clevenio.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def settings(database_url: str | None = None, **more: str) -> Iterator[Settings]:
    """Settings with a folder of their own and a migrated database."""
    with tempfile.TemporaryDirectory(
        prefix="bench-", dir=ROOT / "var" if (ROOT / "var").is_dir() else None
    ) as folder:
        env = {"CLEVENIO_DATA": folder, **{f"CLEVENIO_{name}": value for name, value in more.items()}}
        if database_url:
            env["CLEVENIO_DATABASE_URL"] = database_url
        made = Settings.from_env(env)
        database = Database(made.database_url)
        migrations.upgrade(database)
        database.close()
        yield made


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def granian(target: str, env: dict[str, str], path: str) -> Iterator[tuple[int, int]]:
    """A granian with two workers on a free port: yields (process id, port) once `path` answers."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--workers", "2"]
    command += ["--blocking-threads", "4", "--no-ws", "--port", str(port), "--host", "127.0.0.1"]
    # A worker that is told to stop while it still starts does not hear it.
    command += ["--workers-kill-timeout", "2", target]
    with _running(command, env, port, path) as process:
        yield process, port


@contextmanager
def serve(env: dict[str, str], path: str) -> Iterator[tuple[int, int]]:
    """The site by its own command, worker included: yields (process id, port) once `path` answers."""
    port = free_port()
    command = [sys.executable, "-m", "clevenio", "serve", "--port", str(port)]
    with _running(command, env, port, path) as process:
        yield process, port


@contextmanager
def _running(command: list[str], env: dict[str, str], port: int, path: str) -> Iterator[int]:
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, path)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, path: str) -> None:
    """Wait until an address answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{path} did not answer")


def cpu_of_tree(pid: int) -> float:
    """Processor seconds, user and system, of a process and its children (Linux)."""
    ticks = 0
    for process in [pid, *children(pid)]:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes below a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found
