"""Mail: messages rendered from templates, checked byte for byte, and handed to a relay or a folder."""

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from mjml import mjml2html

from clevenio.errors import BadInput
from clevenio.i18n import environment, use_language

# The default policy folds long headers into encoded words, which breaks List-Unsubscribe (RFC 8058
# needs the URI readable); 998 is the longest line that RFC 5322 2.1.1 allows.
POLICY = policy.SMTP.clone(max_line_length=998)
# The same setting wraps bodies, and quoted-printable lines end at 76 (RFC 2045 6.7).
BODY_LINE = 76
SIGNATURE = "-- "
# What a relay says when it ends the connection, to whatever command (RFC 5321 4.2.3).
CLOSING = 421
# A command was taken; the body may come.
TAKEN, READY = (250, 251), 354
# No mail for this address beyond ASCII: the one refusal of MAIL that is about the recipient (RFC 6531 3.5).
NOT_ASCII = b"5.6.7"
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ADDRESS = re.compile(r"""<[^<>]*>|[^\s<>"',;:()]*@[^\s<>"',;:()]*""")


# How the folder says where it kept a mail.
_KEPT_AS = re.compile(r"kept in (\S+\.eml)")


@dataclass(frozen=True)
class Rendered:
    """A mail's three parts, rendered in one language."""

    subject: str
    text: str
    html: str


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


class Lost(Exception):
    """The connection broke. `after_data` says whether the message may have arrived all the same."""

    def __init__(self, reason: str, after_data: bool) -> None:
        super().__init__(reason)
        self.after_data = after_data


class Transport(Protocol):
    """Hands messages over, one at a time. `close` ends the connection."""

    def deliver(self, sender: str, to: str, message: bytes, before_body: Callable[[], None]) -> Reply:
        """Hand a message over. Raises `Lost`.

        `before_body` runs after the relay is ready for the body and before the first byte of it
        leaves: what it commits is what a crash will find. Where it raises, no byte leaves.
        """
        ...

    def close(self) -> None: ...


def render(template: str, language: str, **values: object) -> Rendered:
    """Render a mail's three parts; the html part is MJML. `layouts/mail.html` asks for `settings`.

    The template is rendered once for each part, so that the layout can stand around the text, too.
    """
    with use_language(language):
        plain = environment(language, markup=False).get_template(template)
        subject = " ".join(plain.render(part="subject", **values).split())
        text = _tidy(plain.render(part="text", **values))
        markup = environment(language).get_template(template).render(part="html", **values).strip()
    # MJML would have the reader's program fetch a font from Google for the mere name of Roboto.
    html = mjml2html(markup, fonts={})
    return Rendered(subject, text, html)


def _tidy(text: str) -> str:
    # The mark before a signature ends in a space (RFC 3676 4.3): programs fold away what follows it.
    lines = [line if line == SIGNATURE else line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def build(
    rendered: Rendered,
    *,
    sender: str,
    to: str,
    language: str,
    message_id: str,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The message as it goes over the wire: text part first, CRLF lines.

    Raises `BadInput` for a header value that holds a control character, also one hidden in an
    encoded word (CVE-2024-6923).
    """
    wire = POLICY if to.isascii() else POLICY.clone(utf8=True)
    message = EmailMessage(policy=wire.clone(max_line_length=BODY_LINE))
    # Setting the content clears and moves Content-* headers, so it comes first.
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    fields = {
        "From": sender,
        "To": to,
        "Subject": rendered.subject,
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "Content-Language": language,
        "Auto-Submitted": "auto-generated",
        **(headers or {}),
    }
    for name, value in fields.items():
        message[name] = safe_header(value)
    return message.as_bytes(policy=wire)


def safe_header(value: str) -> str:
    """The value, if nothing in it can start a new header line, before or after decoding."""
    try:
        decoded = str(make_header(decode_header(value)))
    except (ValueError, LookupError) as error:
        raise BadInput("A mail header cannot be decoded.") from error
    if CONTROL.search(value) or CONTROL.search(decoded):
        raise BadInput("A mail header holds a control character.")
    return value


def address_of(mailbox: str) -> str:
    """The bare address of a From setting such as `Clevenio <news@example.com>`."""
    return parseaddr(mailbox)[1]


@dataclass
class Folder:
    """Keeps mail as files for reading, where no relay is set: `$DATA/mail/<time>-<id>.eml`."""

    path: Path

    def deliver(self, sender: str, to: str, message: bytes, before_body: Callable[[], None]) -> Reply:
        """Write the message under a name that sorts by time; the file appears whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        found = re.search(rb"^Message-ID:\s*<([^@>]+)", message, re.MULTILINE | re.IGNORECASE)
        name = found.group(1).decode("ascii", "replace") if found else "message"
        stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S.%f")
        target = self.path / f"{stamp}-{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.eml"
        unfinished = target.with_suffix(".part")
        try:
            # A full disk shows here, before anybody has to take the mail for one that may have left.
            unfinished.write_bytes(message)
            before_body()
            unfinished.rename(target)
        finally:
            unfinished.unlink(missing_ok=True)
        return Reply(250, f"kept in {target.name}")

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Smtp:
    """A relay by its address: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://`."""

    url: str = field(repr=False)
    timeout: float = 30
    _connection: smtplib.SMTP | None = field(default=None, repr=False)

    def deliver(self, sender: str, to: str, message: bytes, before_body: Callable[[], None]) -> Reply:
        """One transaction on a connection that is kept for the next: MAIL, RCPT, DATA, body, dot.

        Relays end connections on which nothing happened for a while (RFC 5321 4.5.3.2.7). A kept one
        that turns out to be gone before the relay was ready for the body is made anew, once.
        """
        is_kept, asked = self._connection is not None, False

        def ask() -> None:
            nonlocal asked
            asked = True
            before_body()

        try:
            return self._transact(sender, to, message, ask)
        except Lost:
            if asked or not is_kept:
                raise
        return self._transact(sender, to, message, ask)

    def _transact(self, sender: str, to: str, message: bytes, before_body: Callable[[], None]) -> Reply:
        started = False
        try:
            connection = self._connected()
            options = []
            if not to.isascii():
                if not connection.has_extn("smtputf8"):
                    return Reply(553, "the relay does not take international addresses (SMTPUTF8)")
                options = ["SMTPUTF8", "BODY=8BITMIME"]
            expected = (TAKEN, TAKEN, (READY,))
            replies = self._envelope(connection, sender, to, options)
            for number, ((code, answer), fine) in enumerate(zip(replies, expected, strict=False)):
                if code not in fine:
                    if code == CLOSING or not 400 <= code <= 599:
                        # It ends the connection, or says what no relay says: nothing more of it is believed.
                        self._hang_up()
                        raise Lost(f"{code} {_reply(code, answer).text}", after_data=False)
                    connection.docmd("RSET")
                    about_sender = number == 0 and not (options and NOT_ASCII in answer)
                    return replace(_reply(code, answer), about_sender=about_sender)
            self._or_hang_up(before_body)
            started = True
            connection.send(_dotted(message))
            reply = _reply(*connection.getreply())
            if not (reply.is_sent or 400 <= reply.code <= 599):
                self._hang_up()
                raise Lost(f"{reply.code} {reply.text}", after_data=True)
            return reply
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise Lost(type(error).__name__, after_data=started) from error

    def greet(self) -> None:
        """Connect, sign in and say goodbye, to see that the relay is there. Raises `Lost`."""
        try:
            self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Lost(f"{type(error).__name__}: {error}", after_data=False) from error
        self.close()

    def _envelope(
        self, connection: smtplib.SMTP, sender: str, to: str, options: list[str]
    ) -> "list[tuple[int, bytes]]":
        """MAIL, RCPT and DATA, and what was answered: up to the first refusal, where DATA was not taken.

        Where the relay offers it, the three go at once (RFC 2920), which saves two waits a message. A relay
        that takes DATA all the same after it refused the rest gets an empty body, as RFC 2920 3.1 asks for.
        """
        commands = [
            " ".join([f"MAIL FROM:{smtplib.quoteaddr(sender)}", *options]),
            f"RCPT TO:{smtplib.quoteaddr(to)}",
            "DATA",
        ]
        encoding = "utf-8" if options else "ascii"
        if connection.has_extn("pipelining"):
            connection.send("".join(f"{command}\r\n" for command in commands).encode(encoding))
            replies = [connection.getreply() for _ in commands]
            if replies[2][0] == READY and not all(code in TAKEN for code, _ in replies[:2]):
                connection.send(b".\r\n")
                connection.getreply()
            return replies
        replies = []
        for command in commands:
            connection.send(f"{command}\r\n".encode(encoding))
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
                made.ehlo_or_helo_if_needed()
                if made.has_extn("starttls"):
                    made.starttls(context=context)
                    made.ehlo()
            made.ehlo_or_helo_if_needed()
            if parts.username:
                made.login(unquote(parts.username), unquote(parts.password or ""))
            self._connection = made
        return self._connection

    def close(self) -> None:
        """Say goodbye; a relay that has gone already is no trouble."""
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._connection = None


def _reply(code: int, answer: bytes) -> Reply:
    return Reply(code, without_addresses(answer.decode("utf-8", "replace"))[:500])


def without_addresses(text: str) -> str:
    """A relay's words, which are nobody's to trust, as they may be kept.

    A database takes no NUL. Most relays repeat the address, which would stay in the row when the person
    has been erased.
    """
    return _ADDRESS.sub("(address)", text.replace("\0", ""))


def _dotted(message: bytes) -> bytes:
    """The body as DATA takes it: CRLF lines, leading dots doubled, ended by a lone dot (RFC 5321 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    return re.sub(rb"(?m)^\.", b"..", lines).removesuffix(b"\r\n") + b"\r\n.\r\n"


def kept_as(reply: str | None) -> str:
    """The file in which a folder kept a mail, by what it replied; empty where none did."""
    found = _KEPT_AS.search(reply or "")
    return found[1] if found else ""


def transport(smtp_url: str | None, data: Path) -> Transport:
    """The relay of the settings, or the folder where mail is kept when none is set."""
    return Smtp(smtp_url) if smtp_url else Folder(data / "mail")
