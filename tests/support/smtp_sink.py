"""A mail server that keeps what arrives and fails on purpose.

Real sockets on the loopback address. A mail counts as arrived when its final dot is here, whatever
is answered then: exactly the moment after which a sender cannot know whether it was taken (RFC 5321,
section 4.5.3.2.6).
"""

import asyncio
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

import pytest

TAKEN = "250 2.0.0 taken"
DROPPED = "dropped"
LONGEST_LINE = 998  # octets without CRLF, RFC 5322, section 2.1.1


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one mail. Replies are full lines, such as "451 4.3.0 later"."""

    at_sender: str | None = None
    at_recipient: str | None = None
    at_data: str | None = None
    after_dot: str | None = None
    drop: Literal["within data", "after dot", "after answer"] | None = None
    delay: float = 0.0


Stage = Literal["greeting", "ehlo", "starttls", "handshake", "mail", "rcpt", "data", "body", "dot"]
Way = Literal["silence", "end", "nonsense", "refusal", "farewell"]


@dataclass(frozen=True)
class Trouble:
    """Where a connection goes wrong, and how: it falls silent, ends without a word, or answers what is none.

    "refusal" says 450, "farewell" says 550 and goes; what is not silent keeps to its word. `after` mails of that connection are taken before. At
    "handshake" STARTTLS is answered and no TLS follows; a "body" is not read.
    """

    stage: Stage
    how: Way
    after: int = 0

    @property
    def word(self) -> str:
        """What is said last."""
        words = {"nonsense": "hello?", "refusal": "450 4.3.0 not now", "farewell": "550 5.7.1 go away"}
        return words.get(self.how, "")

    def __str__(self) -> str:
        return f"{self.stage} {self.how}" + " of the second" * self.after


class Broken(Exception):
    """The connection has come to where it goes wrong."""


@dataclass(frozen=True)
class Arrival:
    """A mail whose final dot arrived, its envelope, and what was answered."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    answer: str

    @property
    def is_taken(self) -> bool:
        return self.answer == TAKEN

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed, with the line ends of the language instead of the wire's."""
        return message_from_bytes(self.data.replace(b"\r\n", b"\n"), policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class SmtpSink:
    """What tests hold. `next_faults` are used up one a mail, then `fault` goes for all; `troubles` one a connection."""

    def __init__(self) -> None:
        self.port = 0
        self.offers_smtputf8 = True
        self.offers_pipelining = True
        self.fault = Fault()
        self.next_faults: deque[Fault] = deque()
        self.troubles: deque[Trouble] = deque()
        self.arrived: list[Arrival] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Arrival]:
        """What was answered with 250, in the order of arrival."""
        return [arrival for arrival in self.arrived if arrival.is_taken]

    def sent_to(self, address: str) -> list[Arrival]:
        return [arrival for arrival in self.taken if address in arrival.recipients]

    def wait_for(self, count: int, seconds: float = 10) -> list[Arrival]:
        """The mails taken, once there are `count` of them. Raises AssertionError when time is up."""
        until = time.monotonic() + seconds
        while len(self.taken) < count:
            assert time.monotonic() < until, f"{len(self.taken)} of {count} mails after {seconds} s"
            time.sleep(0.01)
        return self.taken


class _Session:
    """One connection: reads commands, answers, hands arrivals to the sink."""

    def __init__(self, sink: SmtpSink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.trouble = sink.troubles.popleft() if sink.troubles else None
        self.mails = 0
        self.reset()

    def reset(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.fault = Fault()

    async def run(self) -> None:
        with suppress(Broken):
            await self.come_to("greeting")
            self.say("220 sink.example.com ESMTP")
            while line := await self.reader.readline():
                verb, _, rest = line.decode("utf-8").strip().partition(" ")
                if verb.upper() == "QUIT":
                    self.say("221 2.0.0 bye")
                    return
                await self.come_to(verb.lower())
                if verb.upper() == "DATA":
                    if not await self.data():
                        return
                else:
                    self.command(verb.upper(), rest)
                    await self.come_to("handshake" if verb.upper() == "STARTTLS" else "")

    def is_in_trouble(self, stage: str) -> bool:
        trouble = self.trouble
        return trouble is not None and trouble.stage == stage and trouble.after <= self.mails

    async def come_to(self, stage: str) -> None:
        """Nothing, or what goes wrong at this stage. Raises `Broken` then: the connection is at its end."""
        trouble = self.trouble
        if trouble is None or not self.is_in_trouble(stage):
            return
        if trouble.word:
            self.say(trouble.word)
        if trouble.how not in ("end", "farewell"):
            await self.writer.drain()
            if stage == "body":
                # Nothing is read, so nothing tells that the sender went.
                await asyncio.Event().wait()
            while await self.reader.readline():
                if trouble.word:
                    self.say(trouble.word)
        raise Broken

    def say(self, *lines: str) -> None:
        for line in lines:
            self.writer.write(line.encode("ascii") + b"\r\n")

    def command(self, verb: str, rest: str) -> None:
        if verb == "EHLO":
            offers = {"SMTPUTF8": self.sink.offers_smtputf8, "PIPELINING": self.sink.offers_pipelining}
            offers["STARTTLS"] = self.trouble is not None and self.trouble.stage in ("starttls", "handshake")
            more = [f"250-{name}" for name, is_offered in offers.items() if is_offered]
            self.say("250-sink.example.com", "250-8BITMIME", *more, "250 SIZE 10485760")
        elif verb == "MAIL":
            self.mail(rest)
        elif verb == "RCPT":
            self.recipient(rest)
        elif verb == "STARTTLS":
            self.say("220 2.0.0 go ahead")
        elif verb in ("HELO", "NOOP", "RSET"):
            self.reset()
            self.say("250 2.0.0 fine")
        else:
            self.say("502 5.5.1 unknown command")

    def mail(self, rest: str) -> None:
        faults = self.sink.next_faults
        self.reset()
        self.fault = faults.popleft() if faults else self.sink.fault
        if refusal := self.fault.at_sender or self.refused(rest):
            self.say(refusal)
        else:
            self.sender = _address(rest)
            self.say("250 2.1.0 sender fine")

    def recipient(self, rest: str) -> None:
        unasked = "503 5.5.1 no sender" if self.sender is None else None
        if refusal := unasked or self.fault.at_recipient or self.refused(rest):
            self.say(refusal)
        else:
            self.recipients.append(_address(rest))
            self.say("250 2.1.5 recipient fine")

    def refused(self, rest: str) -> str | None:
        """An address beyond ASCII, or the parameter for it, needs a server that offers it (RFC 6531)."""
        if self.sink.offers_smtputf8 or (rest.isascii() and "SMTPUTF8" not in rest.upper()):
            return None
        return "553 5.6.7 no international addresses here"

    async def data(self) -> bool:
        """Take one mail. Returns False where the connection is to be dropped."""
        if refusal := self.fault.at_data or (None if self.recipients else "503 5.5.1 no recipient"):
            self.say(refusal)
            return True
        self.say("354 end with a dot")
        await self.writer.drain()
        await self.come_to("body")
        if self.fault.drop == "within data":
            await self.reader.readline()
            return False
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        said = self.trouble.word or DROPPED if self.trouble and self.is_in_trouble("dot") else None
        is_dropped = self.fault.drop == "after dot"
        answer = said or (DROPPED if is_dropped else self.fault.after_dot or _malformed(lines) or TAKEN)
        arrival = Arrival(self.sender or "", tuple(self.recipients), b"".join(lines), answer)
        self.sink.arrived.append(arrival)
        await self.come_to("dot")
        self.mails += 1
        await asyncio.sleep(self.fault.delay)
        if answer == DROPPED:
            return False
        goes_on = self.fault.drop is None
        self.reset()
        self.say(answer)
        return goes_on


def _address(rest: str) -> str:
    """The address between the angle brackets of `FROM:<a@example.com> BODY=8BITMIME`."""
    found = re.search(r"<([^>]*)>", rest)
    return found.group(1) if found else ""


def _malformed(lines: list[bytes]) -> str | None:
    """What servers refuse, although some lenient ones do not."""
    if any(not line.endswith(b"\r\n") or line.count(b"\r") > 1 for line in lines):
        return "550 5.6.11 bare carriage return or line feed"
    if any(len(line) - 2 > LONGEST_LINE for line in lines):
        return "554 5.6.0 line too long"
    return None


async def _serve(sink: SmtpSink, is_ready: threading.Event, stop: asyncio.Event) -> None:
    sessions: set[asyncio.Task[None]] = set()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        sessions.add(task)
        try:
            await _Session(sink, reader, writer).run()
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            sessions.discard(task)

    server = await asyncio.start_server(serve_one, "127.0.0.1", sink.port)
    sink.port = server.sockets[0].getsockname()[1]
    is_ready.set()
    await stop.wait()
    server.close()
    for session in list(sessions):
        session.cancel()
    await asyncio.gather(*sessions)


@contextmanager
def listening(port: int = 0) -> Iterator[SmtpSink]:
    """A sink until the block ends, on a free port unless one is named."""
    sink = SmtpSink()
    sink.port = port
    is_ready = threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_serve(sink, is_ready, stop))

    thread = threading.Thread(target=run, name="smtp sink", daemon=True)
    thread.start()
    assert is_ready.wait(5), "the mail sink did not start"
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    with listening() as sink:
        yield sink
