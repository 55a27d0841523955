"""Whether a large file holds certain bytes: each needle is one pass at the speed of memory, which takes one piece of the file.

A process of its own searches. Whoever opens SQLite's file beside its connections and closes it again lets go of all locks that
the process has on it (https://www.sqlite.org/howtocorrupt.html, 2.2), and what is committed then may be lost.
"""

import ctypes
import subprocess  # nosec B404 - runs this very file
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PIECE = 1 << 20
# Exit codes of the process that searches, which Python gives to nothing else.
FOUND, ABSENT = 10, 11


def hold(paths: Sequence[Path], needles: Sequence[bytes]) -> bool:
    """Whether one of the files holds one of the needles. One that is not there holds none.

    Raises `OSError` where one cannot be read.
    """
    # By standard input: arguments stand in the list of processes, for everybody to read.
    given = "\n".join(needle.hex() for needle in needles if needle)
    command = [sys.executable, "-I", "-S", __file__, *map(str, paths)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)  # noqa: S603 # nosec B603 - no shell, our own file
    if done.returncode not in (FOUND, ABSENT):
        raise OSError(done.stderr.strip().rpartition("\n")[2] or "the search ended early")
    return done.returncode == FOUND


def holds(path: Path, needles: Sequence[bytes], piece: int = PIECE) -> bool:
    """Whether this file holds one of the needles, none of which is empty; for a process that has no lock on it."""
    if not needles:
        return False
    search, longest = _memmem(), max(map(len, needles))
    buffer = bytearray(longest + piece)
    view = memoryview(buffer)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    with path.open("rb", buffering=0) as file:
        # What a needle could have begun in stands before each piece.
        kept = 0
        while got := file.readinto(view[kept : kept + piece]):
            filled = kept + got
            if any(search(begin, filled, needle, len(needle)) is not None for needle in needles):
                return True
            kept = min(longest - 1, filled)
            view[:kept] = view[filled - kept : filled]
    return False


def _memmem() -> Any:
    """The C library's search, which is about twice as fast as `bytes.find`."""
    found = ctypes.CDLL(None).memmem
    found.restype = ctypes.c_void_p
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
    return found


def _main() -> int:
    needles = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    paths = [path for path in map(Path, sys.argv[1:]) if path.exists()]
    return FOUND if any(holds(path, needles) for path in paths) else ABSENT


if __name__ == "__main__":
    sys.exit(_main())
