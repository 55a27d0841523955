"""The rules a marketing message keeps, checked on the bytes that would leave."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

from clevenio.errors import Refused
from clevenio.i18n import LANGUAGES, postal, use_language
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


def check(settings: Settings, message: bytes, unsubscribe: str) -> None:
    """Refuse a campaign whose message breaks a rule. Raises `Refused` with every reason."""
    found = list(faults(settings, message, unsubscribe))
    if found:
        raise Refused("The message breaks a rule: %(faults)s.", faults="; ".join(found))


def faults(settings: Settings, message: bytes, unsubscribe: str) -> Iterator[str]:
    """What is wrong with a message, in words, in the order of the rules; nothing for a good one."""
    parsed = message_from_bytes(message, policy=policy.default)
    yield from _way_out(settings, message.partition(b"\r\n\r\n")[0])
    yield from _headers(settings, parsed)
    yield from _parts(settings, parsed, unsubscribe)
    lines = message.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line or len(line) > LONGEST_LINE for line in lines):
        yield "a line is too long, or does not end with CRLF"


def _way_out(settings: Settings, head: bytes) -> Iterator[str]:
    """RFC 8058: both headers once, each readable on one raw line."""
    lines = head.split(b"\r\n")
    for name in (b"list-unsubscribe:", b"list-unsubscribe-post:"):
        places = [n for n, line in enumerate(lines) if line.lower().startswith(name)]
        if len(places) != 1:
            yield f"{name.decode()} stands there {len(places)} times"
        elif lines[places[0] + 1 : places[0] + 2] and lines[places[0] + 1][:1] in b" \t":
            yield f"{name.decode()} is folded"
        elif b"=?" in lines[places[0]]:
            yield f"{name.decode()} is encoded"
    links = [line for line in lines if line.lower().startswith(b"list-unsubscribe:")]
    match = ONE_LINK.fullmatch(links[0]) if links else None
    if match is None:
        yield "List-Unsubscribe is not one address in angle brackets"
    elif match[1] != b"https" and settings.mode == "production":
        yield "List-Unsubscribe is not https"
    if ONE_CLICK not in lines:
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"


def _headers(settings: Settings, parsed: EmailMessage) -> Iterator[str]:
    for name in ONCE:
        if len(parsed.get_all(name, [])) != 1:
            yield f"{name} does not stand there once"
    for name, value in FIXED.items():
        if parsed.get_all(name, []) != [value]:
            yield f"{name} is not {value}"
    if str(parsed["From"]) != settings.mail_from:
        yield "From is not the address for campaigns"
    if parsed.get_all("Content-Language", []) not in [[language] for language in LANGUAGES]:
        yield "Content-Language is not one of ours"
    if len(str(parsed["Message-ID"])) > LONGEST_MESSAGE_ID:
        yield "Message-ID is too long"
    if any(CONTROL.search(str(value)) for value in parsed.values()):
        yield "a header holds a control character"


def _parts(settings: Settings, parsed: EmailMessage, unsubscribe: str) -> Iterator[str]:
    kinds = [part.get_content_type() for part in parsed.iter_parts()]
    if parsed.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield "the parts are not text and then HTML"
        return
    language = str(parsed["Content-Language"])
    with use_language(language if language in LANGUAGES else settings.default_language):
        address = postal(settings.controller_address)
    for part in parsed.iter_parts():
        kind, content = part.get_content_type(), unescape(str(part.get_content()))
        if unsubscribe not in content:
            yield f"{kind} has no way out"
        if settings.controller_name not in content or address not in content:
            yield f"{kind} does not say who we are and where"
        if kind == "text/html" and REMOTE.search(content):
            yield "the HTML fetches something, which would tell who opens it"
