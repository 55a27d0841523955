"""Handing messages to a relay by SMTP (RFC 5321), one at a time over one connection."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import unquote, urlsplit

# What a relay says when it ends the connection, to whatever command (RFC 5321 4.2.3).
CLOSING = 421
# A command was taken; the body may come.
TAKEN, READY = (250, 251), 354
# A relay that takes so many messages in a row and says nothing of them is left alone for now: somebody has to
# look at each of those, and everybody else would be one of them.
MOST_UNANSWERED = 3
# No mail for this address beyond ASCII: the one refusal of MAIL that is about the recipient (RFC 6531 3.5).
NOT_ASCII = b"5.6.7"
MOST_SAID = 1000
_ADDRESS = re.compile(r"""<[^<>]*>|[^\s<>"',;:()]*@[^\s<>"',;:()]*""")
# An address that needs no quotes between its brackets.
_PLAIN = re.compile(r"""[^\s<>"(),;:\\@\[\]\x00-\x1f\x7f]+@[^\s<>"(),;:\\@\x00-\x1f\x7f]+""")


def kept_words(text: str) -> str:
    """Words of ours in the place of a relay's: kept as they stand, and translated where somebody reads them."""
    return text


INTERRUPTED = kept_words("interrupted while sending")
STOPPED = kept_words("the worker stopped at it, again and again")
BROKEN = kept_words("something broke on our side; the log says what")
UNWRITABLE = kept_words("no mail can be made for this address")
RESTRICTED = kept_words("the address is restricted")
ELSEWHERE = kept_words("the answer goes elsewhere")
RESTORED = kept_words("restored from a backup: it may have been sent since")
NO_SMTPUTF8 = kept_words("the relay does not take international addresses (SMTPUTF8)")
_OTHERWISE = (INTERRUPTED, STOPPED, BROKEN, UNWRITABLE, RESTRICTED, ELSEWHERE, RESTORED, NO_SMTPUTF8)
# The narrower kinds first; smtplib raises a plain `SMTPException` of its own where it cannot sign in, and nowhere else.
_BROKEN: tuple[tuple[type[OSError], str], ...] = (
    (smtplib.SMTPServerDisconnected, kept_words("the relay ended the connection without a word")),
    (ssl.SSLCertVerificationError, kept_words("the relay's certificate is not one to trust")),
    (ssl.SSLError, kept_words("the relay and we found no way to encrypt")),
    (TimeoutError, kept_words("the relay did not answer in time")),
    (ConnectionRefusedError, kept_words("nobody listens at the relay's address")),
    (ConnectionError, kept_words("the connection broke")),
    (socket.gaierror, kept_words("the relay's name is not known")),
    (smtplib.SMTPException, kept_words("the relay offers no way to sign in that we know")),
    (OSError, kept_words("the relay cannot be reached")),
)
OURS = frozenset((*_OTHERWISE, *(words for _kind, words in _BROKEN)))


@dataclass(frozen=True)
class Reply:
    """What the relay said. 2xx is sent, 4xx is worth another try, 5xx is final.

    One `about_sender` answered MAIL, before any recipient was named: it holds for every message.
    """

    code: int
    text: str
    about_sender: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the relay took responsibility for the message."""
        return 200 <= self.code < 300

    @property
    def is_final(self) -> bool:
        """Whether trying again would not help."""
        return self.code >= 500

    @property
    def said(self) -> str:
        """What is kept of it: the relay's code and words; words of `OURS` alone, under no code that nobody said."""
        return self.text if self.text in OURS else f"{self.code} {self.text}"


class Lost(Exception):
    """The connection broke. `after_data` says whether the message may have arrived all the same.

    `in_a_row` counts those that may have, since the relay last answered for one.
    """

    def __init__(self, reason: str, after_data: bool, in_a_row: int = 0) -> None:
        super().__init__(reason)
        self.after_data, self.in_a_row = after_data, in_a_row


class Transport(Protocol):
    """Hands messages over, one at a time. `close` ends the connection."""

    def deliver(
        self, sender: str, to: str, message: bytes, before_body: Callable[[], None], following: str = ""
    ) -> Reply:
        """Hand a message over. Raises `Lost`.

        `before_body` runs after the relay is ready for the body and before the first byte of it
        leaves: what it commits is what a crash will find. Where it raises, no byte leaves.

        `following` is to whom the next one of this sender will go, if that is known: the relay may be told so
        with this body. Nothing of the next one leaves by that, and its `before_body` comes in its own turn.
        """
        ...

    def close(self) -> None: ...


@dataclass
class Smtp:
    """A relay by its address: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://`."""

    url: str = field(repr=False)
    timeout: float = 30
    # After the dot: a relay that still looks through a message has it, and whoever leaves then may send it twice
    # (RFC 5321 4.5.3.2.6). With the time that a body may take it stays within a row's lease.
    patience: float = 80
    _connection: smtplib.SMTP | None = field(default=None, repr=False)
    _unanswered: int = field(default=0, repr=False)
    # Of the next message: its envelope is with the relay, and what that says is not read yet.
    _ahead: tuple[str, str] | None = field(default=None, repr=False)

    def deliver(
        self, sender: str, to: str, message: bytes, before_body: Callable[[], None], following: str = ""
    ) -> Reply:
        """One transaction on a connection that is kept for the next: MAIL, RCPT, DATA, body, dot.

        Relays end connections on which nothing happened for a while (RFC 5321 4.5.3.2.7). A kept one
        that turns out to be gone before the relay was ready for the body is made anew, once.
        """
        if self._ahead not in (None, (sender, to)):
            # The relay may wait for the body of a message that does not come.
            self._hang_up()
        is_kept, asked = self._connection is not None, False

        def ask() -> None:
            nonlocal asked
            asked = True
            before_body()

        try:
            return self._transact(sender, to, message, ask, following)
        except Lost:
            if asked or not is_kept:
                raise
        return self._transact(sender, to, message, ask, following)

    def _transact(
        self, sender: str, to: str, message: bytes, before_body: Callable[[], None], following: str
    ) -> Reply:
        started = False
        try:
            connection = self._connected()
            if not _takes(connection, to):
                return Reply(553, NO_SMTPUTF8)
            expected = (TAKEN, TAKEN, (READY,))
            replies = self._envelope(connection, sender, to)
            for number, ((code, answer), fine) in enumerate(zip(replies, expected, strict=False)):
                if code not in fine:
                    if code == CLOSING or not 400 <= code <= 599:
                        # It ends the connection, or says what no relay says: nothing more of it is believed.
                        self._hang_up()
                        raise Lost(f"{code} {_reply(code, answer).text}", after_data=False)
                    self._reset(connection)
                    about_sender = number == 0 and (to.isascii() or NOT_ASCII not in answer)
                    return replace(_reply(code, answer), about_sender=about_sender)
            self._or_hang_up(before_body)
            started = True
            self._unanswered += 1
            self._send_body(connection, sender, message, following)
            reply = _reply(*self._answer(connection))
            if not (reply.is_sent or 400 <= reply.code <= 599):
                self._hang_up()
                raise Lost(f"{reply.code} {reply.text}", after_data=True, in_a_row=self._unanswered)
            self._unanswered = 0
            return reply
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise Lost(_broken_by(error), after_data=started, in_a_row=self._unanswered) from error

    def greet(self) -> None:
        """Connect, sign in and say goodbye, to see that the relay is there. Raises `Lost`."""
        try:
            self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Lost(_broken_by(error), after_data=False) from error
        self.close()

    def _send_body(self, connection: smtplib.SMTP, sender: str, message: bytes, following: str) -> None:
        """The body and its dot; and, where the relay offers it, the envelope of the next message behind them.

        A body may be the first of what goes at once (RFC 2920 3.1): one wait a message is left.
        """
        commands: list[bytes] = []
        if following and connection.has_extn("pipelining") and _takes(connection, following):
            self._ahead = sender, following
            commands = _commands(sender, following)
        connection.send(b"".join([_dotted(message), *commands]))

    def _answer(self, connection: smtplib.SMTP) -> tuple[int, bytes]:
        """What is said of a body, for which a relay may take its time."""
        line = connection.sock
        if line is None:
            raise smtplib.SMTPServerDisconnected
        line.settimeout(self.patience)
        found = connection.getreply()
        line.settimeout(self.timeout)
        return found

    def _reset(self, connection: smtplib.SMTP) -> None:
        """Begin anew on this connection; a relay that goes after a refusal has refused all the same."""
        with self._refused_already():
            connection.docmd("RSET")

    def _end_empty_body(self, connection: smtplib.SMTP) -> None:
        """A relay that refused the recipient and waits for a body gets none (RFC 2920 3.1)."""
        with self._refused_already():
            connection.send(b".\r\n")
            connection.getreply()

    @contextmanager
    def _refused_already(self) -> Iterator[None]:
        try:
            yield
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _envelope(self, connection: smtplib.SMTP, sender: str, to: str) -> "list[tuple[int, bytes]]":
        """MAIL, RCPT and DATA, and what was answered: up to the first refusal, where DATA was not taken.

        Where the relay offers it, the three go at once (RFC 2920), which saves two waits a message; perhaps
        they are with it already. A relay that takes DATA all the same after it refused the rest gets an empty
        body, as RFC 2920 3.1 asks for.
        """
        is_ahead, self._ahead = self._ahead is not None, None
        commands = _commands(sender, to)
        if is_ahead or connection.has_extn("pipelining"):
            if not is_ahead:
                connection.send(b"".join(commands))
            replies = _replies(connection, len(commands))
            codes = [code for code, _ in replies]
            if codes[2:] == [READY] and not all(code in TAKEN for code in codes[:2]):
                self._end_empty_body(connection)
            return replies
        replies = []
        for command in commands:
            connection.send(command)
            replies.append(connection.getreply())
            if replies[-1][0] not in TAKEN:
                break
        return replies

    def _or_hang_up(self, before_body: Callable[[], None]) -> None:
        # The relay waits for a body: where it is not to come, only a broken connection says so.
        try:
            before_body()
        except BaseException:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        self._ahead = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "localhost", parts.port
            context = ssl.create_default_context()
            if parts.scheme == "smtps":
                made: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port or 465, timeout=self.timeout, context=context
                )
            else:
                made = smtplib.SMTP(host, port or 25, timeout=self.timeout)
            try:
                made.ehlo_or_helo_if_needed()
                if parts.scheme != "smtps" and made.has_extn("starttls"):
                    made.starttls(context=context)
                    made.ehlo_or_helo_if_needed()
                if parts.username:
                    made.login(unquote(parts.username), unquote(parts.password or ""))
            except BaseException:
                made.close()
                raise
            self._connection = made
        return self._connection

    def close(self) -> None:
        """Say goodbye; a relay that has gone already is no trouble, and one that waits for a body hears none."""
        if self._ahead is not None:
            self._hang_up()
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._connection = None


def _replies(connection: smtplib.SMTP, number: int) -> list[tuple[int, bytes]]:
    """So many answers; fewer where the relay refused and went. Raises what broke the connection before."""
    replies: list[tuple[int, bytes]] = []
    try:
        while len(replies) < number:
            replies.append(connection.getreply())
    except (OSError, smtplib.SMTPException):
        if all(code in TAKEN for code, _ in replies):
            raise
    return replies


def _reply(code: int, answer: bytes) -> Reply:
    return Reply(code, without_addresses(answer.decode("utf-8", "replace"))[:500])


def without_addresses(text: str) -> str:
    """A relay's words, which are nobody's to trust, as they may be kept.

    A database takes no NUL. Most relays repeat the address, which would stay in the row when the person
    has been erased. Whole words of the first thousand characters: looking for addresses takes the square of a long one.
    """
    text = text.replace("\0", "")
    if len(text) > MOST_SAID:
        text = " ".join(text[:MOST_SAID].split()[:-1])
    return _ADDRESS.sub("(address)", text)


def _takes(connection: smtplib.SMTP, to: str) -> bool:
    return to.isascii() or connection.has_extn("smtputf8")


def _commands(sender: str, to: str) -> list[bytes]:
    options, encoding = ("", "ascii") if to.isascii() else (" SMTPUTF8 BODY=8BITMIME", "utf-8")
    lines = f"MAIL FROM:{_path(sender)}{options}\r\n", f"RCPT TO:{_path(to)}\r\n", "DATA\r\n"
    return [line.encode(encoding) for line in lines]


def _path(address: str) -> str:
    return f"<{address}>" if _PLAIN.fullmatch(address) else smtplib.quoteaddr(address)


def _dotted(message: bytes) -> bytes:
    """The body as DATA takes it: CRLF lines, leading dots doubled, ended by a lone dot (RFC 5321 4.5.2)."""
    ends = message.count(b"\r\n")
    # Counting takes a tenth of the time of looking for what is hardly ever there.
    if not message.count(b"\r") == message.count(b"\n") == ends:
        message = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    message = b"." * message.startswith(b".") + message.replace(b"\r\n.", b"\r\n..")
    return message.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _broken_by(error: OSError) -> str:
    """What became of a connection, in words for whoever runs the site: the relay itself said none, or too late."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        answer = said if isinstance(said, bytes) else said.encode("utf-8")
        return f"{error.smtp_code} {_reply(error.smtp_code, answer).text}"
    return next(words for kind, words in _BROKEN if isinstance(error, kind))
