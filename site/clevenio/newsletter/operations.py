"""Subscribing, confirmed by the address's owner, and forgetting what nobody confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import Session

from clevenio import limits, once
from clevenio.consent import ledger
from clevenio.consent.notices import Wording, newsletter_notice
from clevenio.errors import BadToken
from clevenio.newsletter import mails
from clevenio.people import erasures, identifiers, links, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.holds import is_held_address
from clevenio.people.models import Link
from clevenio.settings import Settings
from clevenio.sweeps import Sweep

# Whoever types other people's addresses soon writes to nobody, and is not told.
MAILS = (
    limits.Limit("subscription mail", 1, timedelta(minutes=10)),
    limits.Limit("subscription mails of a day", 3, timedelta(days=1)),
)


@dataclass(frozen=True)
class Request:
    """What somebody asked for at an address. The address is kept until it is confirmed, no longer.

    `ended` holds the topics that were confirmed and that the ledger grants no more.
    """

    address: Address | None
    topics: tuple[str, ...]
    language: str
    is_confirmed: bool
    ended: frozenset[str] = frozenset()


def ask(
    session: Session,
    settings: Settings,
    address: Address,
    topics: Sequence[str],
    language: str,
    now: datetime,
) -> None:
    """Mail the address a link that confirms; nothing is in force before it is used.

    The same for every address, known, unknown or suppressed; a restricted one is mailed nothing. A
    doubled post is one act, and beyond the limits of `MAILS` nothing is sent, silently. What was shown
    is kept with the link, because the form may say something else by the time of the confirmation.
    """
    if restrictions.is_restricted(session, address.key):
        return
    key = settings.secret_keys[0]
    fields = {"email": address.key, "topics": ",".join(topics), "language": language}
    if not once.first_time(session, key, "newsletter", fields, now):
        return
    if not limits.take_each(session, key, MAILS, address.mailbox_key, now):
        return
    shown = newsletter_notice(language)
    data = {
        "email": address.email,
        "topics": list(topics),
        "language": language,
        "asked_at": now.isoformat(),
        "shown": {"kind": shown.kind, "content": dict(shown.content)},
    }
    token = links.make(session, settings.mail_keys, "confirm", now, data=data)
    mails.queue_confirmation(session, settings, address, topics, language, f"/c/{token}", now)


def requested(session: Session, settings: Settings, token: str, now: datetime) -> Request:
    """What a confirmation link stands for. Raises `BadToken`."""
    return _request(session, links.find(session, settings.mail_keys, "confirm", token, now))


def confirm(session: Session, settings: Settings, token: str, now: datetime) -> Request:
    """Use a confirmation link: the person is found or added, and their decision recorded.

    Every confirmation is a decision of its own, also where consent stood already: it is newer proof.
    It lifts what suppressed the address for these topics, as the owner's own act. Of two clicks one
    acts; the other, like any later one, gets a request that `is_confirmed`. Raises `BadToken`.
    """
    link = links.find(session, settings.mail_keys, "confirm", token, now)
    request = _request(session, link)
    if request.is_confirmed or request.address is None:
        return request
    if restrictions.is_restricted(session, request.address.key):
        raise BadToken
    try:
        links.consume(session, link, now)
    except BadToken:
        return replace(request, is_confirmed=True)
    person = people.find_or_add(
        session,
        settings.suppression_key,
        request.address,
        language=request.language,
        source="newsletter",
        now=now,
    )
    person.language = request.language
    granted = dict.fromkeys(request.topics, ledger.State.GRANTED)
    people.come_back(session, person, granted, now)
    erasures.come_back(session, person.email_suppression, now)
    data: dict[str, Any] = dict(link.data)
    wording = Wording(data["shown"]["kind"], request.language, data["shown"]["content"])
    ledger.record(
        session,
        person.id,
        granted,
        channel=ledger.Channel.CONFIRMATION,
        language=request.language,
        notice=wording,
        now=now,
        evidence={
            "asked_at": data["asked_at"],
            "confirmed_at": now.isoformat(),
            "wording": wording.id,
        },
    )
    link.person, link.data = person.id, {name: data[name] for name in ("topics", "language", "asked_at")}
    return request


def _request(session: Session, link: Link) -> Request:
    data: dict[str, Any] = dict(link.data)
    address = identifiers.address(data["email"]) if "email" in data else None
    topics, is_confirmed = tuple(data["topics"]), link.used_at is not None
    stands = ledger.decisions_of(session, link.person) if link.person else {}
    ended = [topic for topic in topics if is_confirmed and stands.get(topic) != ledger.State.GRANTED]
    return Request(address, topics, data["language"], is_confirmed, frozenset(ended))


SWEEPS = (
    Sweep(
        "unconfirmed_subscription",
        "subscriptions",
        Link,
        lambda start, _now: and_(Link.purpose == "confirm", Link.used_at.is_(None), Link.created_at <= start),
        lambda: is_held_address(Link.data["email"].as_string()),
    ),
)
