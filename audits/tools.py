"""The tools' own environments: pins of theirs may not meet pins of ours.

They are made under `.audits/`, which git ignores, from lock files with hashes, and made anew when a lock
file has changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "audits" / "security" / "requirements"
ENVIRONMENTS = ROOT / ".audits"


class NotRunError(Exception):
    """A tool could not be set up, or did not end as it should. Says why."""


def python_tool(name: str, program: str | None = None) -> Path:
    """The program of a tool from the Python index, installed where it is missing or another one is pinned."""
    lock, home = LOCKS / f"{name}.txt", ENVIRONMENTS / name
    if not _is_current(home, lock):
        shutil.rmtree(home, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(home)], seconds=120)
        pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        run([*pip, "--require-hashes", "-r", str(lock)], seconds=600)
        _note(home, lock)
    return home / "bin" / (program or name)


def node_tool(folder: Path) -> Path:
    """The packages that a folder's lock file names, installed; none of them runs a script of its own."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise NotRunError("node and npm are missing")
    lock, home = folder / "package-lock.json", ENVIRONMENTS / folder.name
    if not _is_current(home, lock):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(folder / file, home)
        run(["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], seconds=600, cwd=home)
        _note(home, lock)
    return home / "node_modules"


def run(
    command: Sequence[str | Path],
    *,
    seconds: int,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> str:
    """Run a program to its end, within a time. Returns what it wrote; raises `NotRunError` otherwise."""
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotRunError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode not in codes:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise NotRunError(f"{Path(command[0]).name} ended with {done.returncode}: {said}")
    return done.stdout


def _is_current(home: Path, lock: Path) -> bool:
    stamp = home / ".lock"
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _note(home: Path, lock: Path) -> None:
    (home / ".lock").write_text(_digest(lock))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
