"""Mail: messages rendered from templates, checked byte for byte, and handed to a relay or a folder."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from mjml import mjml2html

from clevenio.errors import BadInput
from clevenio.i18n import environment, use_language
from clevenio.settings import Settings
from clevenio.smtp import Reply, Smtp, Transport

# The default policy folds long headers into encoded words, which breaks List-Unsubscribe (RFC 8058
# needs the URI readable); 998 is the longest line that RFC 5322 2.1.1 allows.
POLICY = policy.SMTP.clone(max_line_length=998)
# The same setting wraps bodies, and quoted-printable lines end at 76 (RFC 2045 6.7).
BODY_LINE = 76
SIGNATURE = "-- "
# Where the foot of every mail leads: mails are made where no view is known.
PRIVACY = {"fi": "/fi/tietosuoja", "en": "/en/privacy"}
CHOICES = {"fi": "/fi/valinnat/linkki", "en": "/en/choices/link"}
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)
# How the folder says where it kept a mail.
_KEPT_AS = re.compile(r"kept in (\S+\.eml)")


@dataclass(frozen=True)
class Rendered:
    """A mail's three parts, rendered in one language."""

    subject: str
    text: str
    html: str


def render(template: str, language: str, **values: object) -> Rendered:
    """Render a mail's three parts; the html part is MJML. `layouts/mail.html` asks for `settings`.

    The template is rendered once for each part, so that the layout can stand around the text, too.
    """
    values = {"privacy": PRIVACY[language], "choices": CHOICES[language], **values}
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
    encoded word (CVE-2024-6923), and for a recipient that a mail program would read as several.
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
    if len(message["To"].addresses) != 1:
        raise BadInput("A mail goes to one address.")
    return message.as_bytes(policy=wire)


def safe_header(value: str) -> str:
    """The value, if nothing in it can start a new header line, before or after decoding."""
    if "=?" not in value and value.isprintable():
        # As nearly always, nothing is encoded.
        return value
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


def return_path(settings: Settings, mailbox: str) -> str:
    """The envelope sender of a mail from a mailbox: where it goes if it comes back."""
    return settings.bounce_address or address_of(mailbox)


def message_id_of(message: bytes) -> str:
    """The Message-ID of a message as it goes over the wire, with its brackets; empty where it has none."""
    found = _MESSAGE_ID.search(message.partition(b"\r\n\r\n")[0])
    return found.group(1).decode("ascii", "replace") if found else ""


def random_part(message_id: str) -> str:
    """What no other Message-ID of ours has, in small letters: the host may be another one by now."""
    return message_id.strip("<> ").partition("@")[0].lower()


@dataclass
class Folder:
    """Keeps mail as files for reading, where no relay is set: `$DATA/mail/<time>-<id>.eml`."""

    path: Path

    def deliver(
        self, sender: str, to: str, message: bytes, before_body: Callable[[], None], following: str = ""
    ) -> Reply:
        """Write the message under a name that sorts by time; the file appears whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = message_id_of(message).strip("<>").partition("@")[0] or "message"
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


def kept_as(reply: str | None) -> str:
    """The file in which a folder kept a mail, by what it replied; empty where none did."""
    found = _KEPT_AS.search(reply or "")
    return found[1] if found else ""


def transport(smtp_url: str | None, data: Path) -> Transport:
    """The relay of the settings, or the folder where mail is kept when none is set."""
    return Smtp(smtp_url) if smtp_url else Folder(data / "mail")
