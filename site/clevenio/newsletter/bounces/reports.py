"""Reads reports that arrive by mail: delivery status (RFC 3464, RFC 6533) and feedback (RFC 5965).

Nothing in a report is believed but what leads to a message of ours: anybody can write one.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses

from clevenio.errors import BadInput
from clevenio.newsletter.bounces.models import Kind
from clevenio.newsletter.bounces.statuses import best, kind_of

# A relay sends the headers back, or the mail with them; ours is a tenth of this.
LARGEST = 2_000_000
INTERNATIONAL = "message/global-delivery-status"
DELIVERY = ("message/delivery-status", INTERNATIONAL)
FEEDBACK = "message/feedback-report"
HEADERS = ("text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers")
# RFC 5965 section 7.3 and its registry. What else there is says no complaint of a person's.
COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "other")
_TOKEN = re.compile(rb"/u/([A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")
MOST_TOKENS = 20
# A mail of ours has one recipient; a database takes only so many values in a query.
MOST_ADDRESSES = 20


@dataclass(frozen=True)
class Report:
    """What a report says. `kind` is None where it says that the mail is still being tried.

    `tokens` are what looks like our way out, in the order of the report; `mailed_to` are the addresses
    that the mail went to by its own word, `final` those at which it ended; of each the first few. `own`
    tells this report from others.
    """

    kind: Kind | None
    status: str
    diagnostic: str
    tokens: tuple[str, ...]
    message_id: str
    mailed_to: tuple[str, ...]
    final: tuple[str, ...]
    own: str


def read(message: bytes) -> Report:
    """What a mail reports. Raises `BadInput`, in words, for one that is no report that can be read."""
    if len(message) > LARGEST:
        raise BadInput("It is larger than %(size)s MB.", size=LARGEST // 1_000_000)
    try:
        return _read(message)
    except (RecursionError, MessageError, LookupError, ValueError) as error:
        raise BadInput("It cannot be read: its parts are broken.") from error


def _read(message: bytes) -> Report:
    parsed = message_from_bytes(message)
    parts = {part.get_content_type(): part for part in _leaves(parsed)}
    original = next((_headers(parts[kind]) for kind in HEADERS if kind in parts), None)
    status = next((parts[kind] for kind in DELIVERY if kind in parts), None)
    if FEEDBACK in parts:
        found = _feedback(_blocks(parts[FEEDBACK]))
    elif status is not None:
        found = _delivery(_blocks(status))
    else:
        raise BadInput("It is neither a delivery status report (RFC 3464) nor a feedback report (RFC 5965).")
    kind, code, diagnostic, named, final = found
    return Report(
        kind,
        code,
        diagnostic,
        tuple(dict.fromkeys(each.decode("ascii") for each in _TOKEN.findall(message)[:MOST_TOKENS])),
        _one(original, "Message-ID"),
        tuple(dict.fromkeys([*_addresses(original, "To"), *named]))[:MOST_ADDRESSES],
        final[:MOST_ADDRESSES],
        _one(parsed, "Message-ID") or hashlib.sha256(message).hexdigest(),
    )


Found = tuple[Kind | None, str, str, tuple[str, ...], tuple[str, ...]]


def _delivery(blocks: Sequence[Message]) -> Found:
    """The worst that is said of any recipient: a mail of ours has one."""
    said = [block for block in blocks if block["Action"]]
    failed = [block for block in said if _word(block, "Action") == "failed"]
    if not said:
        raise BadInput("Its delivery status names no recipient and no action (RFC 3464 2.3).")
    block = (failed or said)[0]
    diagnostic = _text(block, "Diagnostic-Code")
    code = best(_text(block, "Status"), diagnostic)
    return (
        kind_of(code) if failed else None,
        code,
        diagnostic.partition(";")[2].strip() or diagnostic,
        tuple(_typed(block, "Original-Recipient")),
        tuple(_typed(block, "Final-Recipient")),
    )


def _feedback(blocks: Sequence[Message]) -> Found:
    fields = blocks[0] if blocks else Message()
    said = _word(fields, "Feedback-Type")
    if said not in COMPLAINTS:
        raise BadInput("Its feedback is no complaint: %(kind)s.", kind=said[:40] or "nothing said")
    return (
        Kind.COMPLAINT,
        "",
        said,
        tuple(_addresses(fields, "Original-Rcpt-To")),
        (),
    )


def _leaves(message: Message) -> Iterator[Message]:
    """The parts of a report. What it encloses is one of them: a report within a mail that was sent back is none of ours."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in _enclosed(message):
            yield from _leaves(part)
    else:
        yield message


def _enclosed(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a part, which blank lines divide (RFC 3464 2.1)."""
    if part.get_content_type() == INTERNATIONAL:
        # Python takes its first group for a message's head, and the head's characters for no text.
        return _parsed(part.as_bytes().partition(b"\n\n")[2].decode("utf-8", "replace"))
    return _enclosed(part) or _parsed(_decoded(part))


def _parsed(text: str) -> list[Message]:
    groups = re.split(r"(?:\r?\n){2,}", text.strip())
    return [HeaderParser().parsestr(group) for group in groups if group]


def _headers(part: Message) -> Message:
    enclosed = _enclosed(part)
    return enclosed[0] if enclosed else HeaderParser().parsestr(_decoded(part))


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _text(fields: Message, name: str) -> str:
    """A field in one line, without NUL: a database takes none."""
    return " ".join(str(fields.get(name, "")).replace("\0", "").split())


def _word(fields: Message, name: str) -> str:
    return _text(fields, name).partition(" ")[0].rstrip(";").lower()


def _one(fields: Message | None, name: str) -> str:
    return _text(fields, name)[:200] if fields is not None else ""


def _typed(fields: Message, name: str) -> Iterator[str]:
    """The address of a field such as `rfc822; aino@example.fi`."""
    for value in fields.get_all(name, []):
        kind, _, text = str(value).partition(";")
        if kind.strip().lower() in ("rfc822", "utf-8") and "@" in text:
            yield text.strip().strip("<>")


def _addresses(fields: Message | None, name: str) -> Iterator[str]:
    values = [str(value) for value in fields.get_all(name, [])] if fields is not None else []
    yield from (address for _, address in getaddresses(values) if "@" in address)
