"""A campaign's messages: rendered once for each language and basis, then filled in for each recipient.

Building a message from its parts costs milliseconds; a recipient differs in few short places
only, so the finished bytes are cut there and joined anew for each.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import IntEnum
from typing import TypedDict
from uuid import UUID

from clevenio import mail
from clevenio.consent.ledger import Basis
from clevenio.newsletter.markdown import Letter
from clevenio.registry import load
from clevenio.settings import Settings
from clevenio.signing import keyed_hash

# As long as a real token, so that a line with one in it fits quoted-printable (RFC 2045 6.7).
TOKEN_LENGTH = 64
# The longest host in a Message-ID, which stays under 77 characters.
LONGEST_HOST = 40


class Place(IntEnum):
    """Where recipients' messages differ."""

    TO = 0
    MESSAGE_ID = 1
    DATE = 2
    TOKEN = 3
    OPENING = 4


@dataclass(frozen=True)
class Stencil:
    """A finished message with holes: bytes, and places to fill."""

    parts: tuple[bytes | Place, ...]

    def fill(self, *, to: str, message_id: str, token: str, now: datetime, opening: str = "") -> bytes:
        """One recipient's message; `opening` is the token of their image, where the stencil has one.

        Raises `BadInput` for an address that no header can hold.
        """
        values = (
            mail.safe_header(to).encode("utf-8"),
            message_id.encode("ascii"),
            format_datetime(now).encode("ascii"),
            token.encode("ascii"),
            opening.encode("ascii"),
        )
        return b"".join(values[part] if isinstance(part, Place) else part for part in self.parts)


def message_id(settings: Settings, campaign: UUID, person: UUID) -> str:
    """The same for the same campaign and person, so that a repetition can be recognised."""
    return f"<{keyed_hash(str(campaign), str(person))[:32]}@{_host(settings)[-LONGEST_HOST:].lstrip('.-')}>"


class Recipient(TypedDict):
    """What is one recipient's own in a message."""

    to: str
    message_id: str
    token: str


def made_up(settings: Settings) -> Recipient:
    """Somebody who does not exist, to try a message out on."""
    nobody = UUID(int=0)
    return Recipient(
        to="somebody@example.com",
        message_id=message_id(settings, nobody, nobody),
        token="t" * TOKEN_LENGTH,
    )


def _host(settings: Settings) -> str:
    return settings.base_url.partition("://")[2].partition(":")[0]


def unsubscribe_address(settings: Settings, token: str) -> str:
    """Where a recipient leaves, by the page's button or by the mail client's one-click post."""
    return f"{settings.base_url}/u/{token}"


def opening_address(settings: Settings, token: str) -> str:
    """The image of somebody who lets us see that they opened the mail."""
    return f"{settings.base_url}/o/{token}"


def headers(settings: Settings, topic: str, language: str, unsubscribe: str) -> dict[str, str]:
    """What makes a mail a marketing mail; nowhere else are these headers set.

    RFC 8058 for the way out, RFC 2919 for the list, RFC 3834 section 3.1.8 for precedence.
    """
    return {
        "Reply-To": settings.reply_to or mail.address_of(settings.mail_from),
        "List-ID": f"<{topic.replace('_', '-')}.{language}.{_host(settings)}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }


def build(
    settings: Settings,
    topic: str,
    language: str,
    basis: Basis,
    letter: Letter,
    *,
    to: str,
    message_id: str,
    token: str,
    now: datetime,
    opening: str | None = None,
) -> bytes:
    """One recipient's message, the ordinary way; without an `opening` it fetches nothing.

    Raises `BadInput` for a bad header.
    """
    unsubscribe = unsubscribe_address(settings, token)
    rendered = mail.render(
        "newsletter/mail/campaign.html",
        language,
        settings=settings,
        unsubscribe=unsubscribe,
        opening=opening_address(settings, opening) if opening else None,
        letter=letter,
        basis=basis.value,
        topic=load().purposes[topic].name[language],
    )
    return mail.build(
        rendered,
        sender=settings.mail_from,
        to=to,
        language=language,
        message_id=message_id,
        now=now,
        headers=headers(settings, topic, language, unsubscribe),
    )


def stencil(
    settings: Settings, topic: str, language: str, basis: Basis, letter: Letter, is_measured: bool = False
) -> Stencil:
    """The message of everybody who reads one language on one basis, and lets us see openings or does not."""
    # Random, so that no text can hold one of the marks.
    mark = secrets.token_hex(12)
    to, identifier = f"{mark}@example.invalid", f"<{mark}.id@example.invalid>"
    token, opening = (f"{kind}{mark}".ljust(TOKEN_LENGTH, "x") for kind in "to")
    moment = datetime.fromisoformat("1971-01-01T00:00:00+00:00")
    message = build(
        settings,
        topic,
        language,
        basis,
        letter,
        to=to,
        message_id=identifier,
        token=token,
        now=moment,
        opening=opening if is_measured else None,
    )
    head, blank, body = message.partition(b"\r\n\r\n")
    for each in (token, opening):
        body = _unbroken(body, each.encode("ascii"))
    marks = [text.encode("ascii") for text in (to, identifier, format_datetime(moment), token, opening)]
    pieces = re.split(b"(" + b"|".join(map(re.escape, marks)) + b")", head + blank + body)
    return Stencil(tuple(Place(marks.index(piece)) if n % 2 else piece for n, piece in enumerate(pieces)))


def _unbroken(body: bytes, token: bytes) -> bytes:
    """The body with soft line breaks around each token instead of within it."""
    letters = [re.escape(token[n : n + 1]) for n in range(len(token))]
    broken = re.compile(rb"(\r\n)?" + rb"(?:=\r\n)?".join(letters) + rb"(\r\n|=\r\n)?")
    return broken.sub(
        lambda found: (found[1] or b"=\r\n") + token + (found[2] or b"=\r\n"),
        body,
    )
