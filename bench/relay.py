"""A mail server that takes everything and keeps nothing, as a process of its own: it costs its clients no time of theirs.

`python -m bench.relay plain` lets nobody send commands ahead.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY = b"354 go on\r\n"
PIPELINING = b"" if "plain" in sys.argv else b"250-PIPELINING\r\n"
REPLIES = {
    b"EHLO": b"250-relay.example.com\r\n" + PIPELINING + b"250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": READY,
    b"QUIT": b"221 bye\r\n",
}


class Taking(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest, self.in_body = transport, b"", False
        transport.write(b"220 relay.example.com\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole command and every whole body that is here."""
        self.rest += data
        answers = []
        while True:
            end = b"\r\n.\r\n" if self.in_body else b"\r\n"
            at = self.rest.find(end)
            if at < 0:
                break
            line, self.rest = self.rest[:at], self.rest[at + len(end) :]
            answer = b"250 taken\r\n" if self.in_body else REPLIES.get(line[:4].upper(), b"250 fine\r\n")
            self.in_body = answer is READY
            answers.append(answer)
        if answers:
            self.transport.write(b"".join(answers))


@contextmanager
def relay(*options: str) -> Iterator[str]:
    """The address of a server that runs until the block ends."""
    command = [sys.executable, "-m", "bench.relay", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            yield f"smtp://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
