"""What a relay or a mail provider posts: events in JSON, or a report as it would have come by mail."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from clevenio.errors import BadInput
from clevenio.newsletter.bounces import operations, reports
from clevenio.newsletter.bounces.models import Kind, Source
from clevenio.newsletter.bounces.operations import Outcome
from clevenio.newsletter.bounces.reports import Report
from clevenio.newsletter.bounces.statuses import code_in, kind_of
from clevenio.settings import Settings

MOST = 1000
LONGEST = 1000
TYPES = ("bounce", "complaint")
MAIL = "message/rfc822"


def take(
    session: Session, settings: Settings, kind: str, body: bytes, clock: Callable[[], datetime]
) -> Iterator[Outcome]:
    """Note what was posted, one after the other, once all of it could be read. Raises `BadInput`.

    Commit after each: people locked in a sender's order must not wait for each other, and repeating adds nothing.
    Each has a moment of its own, by which what happens between two of them is told from the second.
    """
    found = [reports.read(body)] if kind == MAIL else events(body)
    for each in found:
        yield operations.note(session, settings, each, Source.WEBHOOK, clock())


def events(body: bytes) -> list[Report]:
    """The events of a body: an object or an array of them. Raises `BadInput` naming event and field."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON in UTF-8.") from error
    found = content if isinstance(content, list) else [content]
    if not found or len(found) > MOST:
        raise BadInput(
            "There are %(number)s events; between 1 and %(most)s fit.", number=len(found), most=MOST
        )
    return [_event(number, event) for number, event in enumerate(found, 1)]


def _event(number: int, event: Any) -> Report:
    if not isinstance(event, dict):
        raise BadInput("Event %(number)s is not an object.", number=number)
    kind = _text(number, event, "type")
    if kind not in TYPES:
        raise BadInput("Event %(number)s: type is bounce or complaint.", number=number)
    message_id, recipient = _text(number, event, "message_id"), _text(number, event, "recipient")
    status, own = "", _text(number, event, "id", needed=False) or _digest(event)
    if kind == "bounce":
        status = code_in(_text(number, event, "status"))
        if status[:1] not in ("4", "5"):
            raise BadInput("Event %(number)s: status is a code such as 5.1.1 (RFC 3463).", number=number)
    diagnostic = _text(number, event, "diagnostic", needed=False)
    return Report(
        Kind.COMPLAINT if kind == "complaint" else kind_of(status),
        status,
        diagnostic,
        (),
        message_id,
        (recipient,),
        (),
        own,
    )


def _text(number: int, event: Mapping[str, Any], name: str, needed: bool = True) -> str:
    value = event.get(name)
    if value is None and not needed:
        return ""
    # JSON may spell NUL and half of a character, which no database takes.
    text = value.replace("\0", "").strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST:
        raise BadInput(
            "Event %(number)s: %(name)s is a text of at most %(longest)s characters.",
            number=number,
            name=name,
            longest=LONGEST,
        )
    return text.encode("utf-8", "replace").decode("utf-8")


def _digest(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode("ascii")).hexdigest()
