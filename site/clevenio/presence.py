"""Who uses a data folder: every process of the site holds it together, and a restore holds it alone.

The lock is the kernel's, so whoever dies lets go by that.
"""

import fcntl
import os
from pathlib import Path

from clevenio.errors import BadInput, Refused

FILE = "in-use.lock"


class Presence:
    """One process's hold on a data folder, until `end` or its own end. Raises `BadInput` for one that cannot be used."""

    def __init__(self, data: Path) -> None:
        self.path, self._handle = data / FILE, -1
        try:
            data.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                "CLEVENIO_DATA: the folder %(path)s cannot be used: %(reason)s.",
                path=data,
                reason=error.strerror,
            ) from error

    def share(self) -> None:
        """Hold it together with others. Raises `Refused` while somebody has it alone."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "A backup is being restored into %(data)s. Wait for its end.", data=self.path.parent
            ) from None

    def take_alone(self) -> None:
        """Hold it alone. Raises `Refused` where anybody else is there."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "The site, its worker or another command is running on %(data)s. Stop it first.",
                data=self.path.parent,
            ) from None

    def end(self) -> None:
        """Let go; done twice, it does nothing more."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        self.end()
