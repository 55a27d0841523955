"""Passages that are removed from an inquiry: chosen by sentence or by their words, replaced by a mark.

Nobody asks for sensitive data (GDPR Art. 9); where somebody writes it all the same, it goes from the
message, from our answers that repeat it and from their mail. The trail keeps that and why, never what.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.errors import BadInput, Refused
from clevenio.i18n import gettext as _
from clevenio.i18n import use_language
from clevenio.inquiries import mails, queries
from clevenio.inquiries.models import Inquiry, Redaction
from clevenio.inquiries.operations import Staff, found, record
from clevenio.mail import kept_as
from clevenio.outbox import Mail, is_leaving
from clevenio.people.text import tidy
from clevenio.settings import Settings

# Why something is removed: by the codes of the form, in the words that the trail keeps.
REASONS: Mapping[str, str] = {
    "sensitive": "removing sensitive data",
    "other_person": "removing data about somebody else",
    "confidential": "removing a secret",
}
# A sentence, or a line where that ends first.
_PART = re.compile(r"\S.*?(?:[.!?…]+(?=\s|\Z)|$)", re.MULTILINE)

Span = tuple[int, int]


@dataclass(frozen=True)
class Chosen:
    """What is to go: parts by their number, passages by their words, of the message with this `version`."""

    version: str
    parts: frozenset[int]
    passages: tuple[str, ...]


@dataclass(frozen=True)
class Removed:
    """A redaction that was made. `texts` are what went, for the disk to be searched for; None: write it anew."""

    id: UUID
    texts: tuple[str, ...] | None


def version(message: str) -> str:
    """A name for exactly this text, so that numbers of parts are not taken for those of another."""
    return sha256(message.encode()).hexdigest()[:16]


def parts(message: str) -> list[str]:
    """The sentences and lines of a message, in its order."""
    return [part[0].rstrip() for part in _PART.finditer(message)]


def where(message: str, chosen: Chosen) -> list[Span]:
    """The places to be removed, in order; neighbours are one. Raises `BadInput` where there is nothing, or not that."""
    if chosen.version != version(message):
        raise BadInput("The message has changed since you opened this page. Choose again.")
    spans = [part.span() for number, part in enumerate(_PART.finditer(message)) if number in chosen.parts]
    for number, passage in enumerate(chosen.passages, 1):
        places = [place.span() for place in _pattern(passage).finditer(message)]
        if not places:
            raise BadInput("The passage on line %(number)s is not in the message.", number=number)
        spans += places
    if not spans:
        raise BadInput("Choose what is to be removed.", reason="empty")
    return _joined(message, sorted(spans))


def without(message: str, spans: list[Span], language: str) -> str:
    """The message with a mark in its own language where something was."""
    with use_language(language):
        mark = _("[removed]")
    for start, end in reversed(spans):
        message = message[:start] + mark + message[end:]
    return message


def redact(
    session: Session,
    settings: Settings,
    staff: Staff,
    inquiry_id: UUID,
    chosen: Chosen,
    reason: str,
    now: datetime,
) -> Removed:
    """Remove passages for good. `cleaning.clean` does the rest after the commit.

    `reason` is a code of `REASONS`. Raises `Missing`, `BadInput` as `where`, and `Refused` while a mail
    that repeats a passage is on its way.
    """
    inquiry = found(session, staff, inquiry_id, lock=True)
    spans = where(inquiry.message, chosen)
    texts = [inquiry.message[start:end] for start, end in spans]
    inquiry.message = without(inquiry.message, spans, inquiry.language)
    repeated, files = _redact_answers(session, settings, inquiry, texts, now)
    redaction = Redaction(
        inquiry=inquiry.id, reason=reason, passages=len(spans), by=staff.id, at=now, files=files
    )
    session.add(redaction)
    session.flush()
    details = {"passages": len(spans)}
    record(session, settings, staff, "inquiries.redact", inquiry, now, REASONS[reason], details)
    # A mail spells its text in ways of its own, so where one repeated it nobody knows what to search for.
    return Removed(redaction.id, None if repeated else tuple(texts))


def _pattern(passage: str) -> re.Pattern[str]:
    """Finds a passage however its spaces and capitals are written."""
    words = (re.escape(word) for word in tidy(passage).split())
    return re.compile(r"\s+".join(words), re.IGNORECASE)


def _joined(message: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and (start <= joined[-1][1] or not message[joined[-1][1] : start].strip()):
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _redact_answers(
    session: Session, settings: Settings, inquiry: Inquiry, texts: list[str], now: datetime
) -> tuple[bool, list[str]]:
    """Take the passages out of answers that repeat them, and out of their mail. Returns the kept files to remove."""
    older, repeated, files = [inquiry.receipt] if inquiry.receipt else [], False, []
    for each in queries.sent(session, inquiry):
        answer, before = each.answer, each.answer.text
        for text in texts:
            spans = [place.span() for place in _pattern(text).finditer(answer.text)]
            answer.text = without(answer.text, spans, inquiry.language)
        if answer.text != before:
            repeated = True
            mail = session.scalars(select(Mail).where(Mail.id == answer.mail).with_for_update()).one_or_none()
            if mail is not None and is_leaving(mail, now):
                raise Refused("An answer that repeats this passage is being sent now. Try again in a minute.")
            if mail is not None and mail.message:
                mail.message = mails.built_answer(settings, inquiry, answer, older)[1]
            files += [name] if mail is not None and (name := kept_as(mail.reply)) else []
        older.append(answer.message_id)
    return repeated, files
