"""The rules a marketing message keeps, checked on the bytes that would leave."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

from clevenio.errors import Refused
from clevenio.i18n import LANGUAGES, joined, postal, use_language
from clevenio.i18n import lazy_gettext as _l
from clevenio.mail import CONTROL
from clevenio.settings import Settings

LONGEST_LINE = 998
LONGEST_MESSAGE_ID = 76
# RFC 8058 asks for https; a site tried out on one's own machine has no certificate.
ONE_LINK = re.compile(rb"List-Unsubscribe: <(https?)://[^\s<>,]+>(, <mailto:[^\s<>,]+>)?")
ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-ID", "MIME-Version")
FIXED = {"Precedence": "bulk", "Auto-Submitted": "auto-generated"}
REMOTE = re.compile(r"""<(?:img|link|iframe|video|audio|object)\b|url\(|@import|background=""", re.IGNORECASE)


def check(settings: Settings, message: bytes, unsubscribe: str, image: str | None = None) -> None:
    """Refuse a campaign whose message breaks a rule. Raises `Refused` with every reason."""
    found = list(faults(settings, message, unsubscribe, image))
    if found:
        raise Refused("The message breaks a rule: %(faults)s.", faults=joined(found))


# The size from which Gmail shows a part of a mail alone, and the way out is not in that.
LARGEST_HTML = 102_000


@dataclass(frozen=True)
class Finding:
    """One rule, and what in the message breaks it, in words that are translated when they are shown."""

    rule: str
    faults: tuple[str, ...]


def faults(settings: Settings, message: bytes, unsubscribe: str, image: str | None = None) -> Iterator[str]:
    """What is wrong with a message, in words, in the order of the rules; nothing for a good one."""
    for finding in report(settings, message, unsubscribe, image):
        yield from finding.faults


def report(settings: Settings, message: bytes, unsubscribe: str, image: str | None = None) -> list[Finding]:
    """Each rule, and whether these bytes keep it.

    `image` is the one address that the mail of somebody may fetch who lets us see that they opened it.
    """
    parsed = message_from_bytes(message, policy=policy.default)
    found: list[tuple[str, Iterator[str]]] = [
        (
            _l("A mail program can offer to leave, by one click (RFC 8058)"),
            _way_out(settings, message.partition(b"\r\n\r\n")[0]),
        ),
        (_l("Every header stands there once and holds no control character"), _headers(settings, parsed)),
        (
            _l("Text and layout say who writes from where, and how to leave"),
            _parts(settings, parsed, unsubscribe),
        ),
        (_l("Nothing is fetched when the mail is opened"), _remote(parsed, image)),
        (_l("Lines and size are such that nobody’s program cuts the mail off"), _sizes(message, parsed)),
    ]
    return [Finding(str(rule), tuple(faults)) for rule, faults in found]


def _sizes(message: bytes, parsed: EmailMessage) -> Iterator[str]:
    lines = message.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line or len(line) > LONGEST_LINE for line in lines):
        yield _l("a line is too long, or does not end with CRLF")
    html = parsed.get_body(("html",))
    if html is not None and len(str(html.get_content()).encode()) > LARGEST_HTML:
        yield _l(
            "the layout is larger than 102 kB, and some programs cut off what follows, the way out with it"
        )


def _remote(parsed: EmailMessage, image: str | None) -> Iterator[str]:
    html = parsed.get_body(("html",))
    content = str(html.get_content()) if html is not None else ""
    if image:
        content = re.sub(rf'<img src="{re.escape(image)}"[^>]*>', "", content, count=1)
    if REMOTE.search(content):
        yield _l("the HTML fetches something, which would tell who opens it")


def _way_out(settings: Settings, head: bytes) -> Iterator[str]:
    """RFC 8058: both headers once, each readable on one raw line."""
    lines = head.split(b"\r\n")
    for name in (b"list-unsubscribe:", b"list-unsubscribe-post:"):
        places = [n for n, line in enumerate(lines) if line.lower().startswith(name)]
        if len(places) != 1:
            yield _l("%(name)s stands there %(times)s times", name=name.decode(), times=len(places))
        elif lines[places[0] + 1 : places[0] + 2] and lines[places[0] + 1][:1] in b" \t":
            yield _l("%(name)s is folded", name=name.decode())
        elif b"=?" in lines[places[0]]:
            yield _l("%(name)s is encoded", name=name.decode())
    links = [line for line in lines if line.lower().startswith(b"list-unsubscribe:")]
    match = ONE_LINK.fullmatch(links[0]) if links else None
    if match is None:
        yield _l("List-Unsubscribe is not one address in angle brackets")
    elif match[1] != b"https" and settings.mode == "production":
        yield _l("List-Unsubscribe is not https")
    if ONE_CLICK not in lines:
        yield _l("List-Unsubscribe-Post is not List-Unsubscribe=One-Click")


def _headers(settings: Settings, parsed: EmailMessage) -> Iterator[str]:
    for name in ONCE:
        if len(parsed.get_all(name, [])) != 1:
            yield _l("%(name)s does not stand there once", name=name)
    for name, value in FIXED.items():
        if parsed.get_all(name, []) != [value]:
            yield _l("%(name)s is not %(value)s", name=name, value=value)
    if str(parsed["From"]) != settings.mail_from:
        yield _l("From is not the address for campaigns")
    if parsed.get_all("Content-Language", []) not in [[language] for language in LANGUAGES]:
        yield _l("Content-Language is not one of ours")
    if len(str(parsed["Message-ID"])) > LONGEST_MESSAGE_ID:
        yield _l("Message-ID is too long")
    if any(CONTROL.search(str(value)) for value in parsed.values()):
        yield _l("a header holds a control character")


def _parts(settings: Settings, parsed: EmailMessage, unsubscribe: str) -> Iterator[str]:
    kinds = [part.get_content_type() for part in parsed.iter_parts()]
    if parsed.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield _l("the parts are not text and then HTML")
        return
    language = str(parsed["Content-Language"])
    with use_language(language if language in LANGUAGES else settings.default_language):
        address = postal(settings.controller_address)
    for part in parsed.iter_parts():
        kind, content = part.get_content_type(), unescape(str(part.get_content()))
        if unsubscribe not in content:
            yield _l("%(kind)s has no way out", kind=kind)
        if settings.controller_name not in content or address not in content:
            yield _l("%(kind)s does not say who we are and where", kind=kind)
