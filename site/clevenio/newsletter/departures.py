"""The way out by a mailed link: at once, as often as one likes, and back again for half an hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import Wording, person_notice, withdrawal_notice
from clevenio.newsletter.models import Departure
from clevenio.people import links, suppression
from clevenio.people import operations as people
from clevenio.people.models import Link, Person

UNDO = timedelta(minutes=30)
LONGEST_REASON = 500


@dataclass(frozen=True)
class Standing:
    """What the page behind a link shows. `person` is None where the person was erased.

    `returnable` are the purposes that undoing brings back; empty when the time for it is over.
    """

    topic: str
    person: Person | None
    departure: Departure | None = None
    gets_topic: bool = False
    gets_anything: bool = False
    returnable: tuple[str, ...] = field(default=())

    @property
    def language(self) -> str | None:
        """The person's language, None where nobody knows it any more."""
        return self.person.language if self.person else None


def look(session: Session, keys: tuple[str, ...], token: str, now: datetime) -> Standing:
    """What stands behind a link. Changes nothing. Raises `BadToken`."""
    link = links.find(session, keys, "unsubscribe", token, now)
    return _standing(session, link, _person(session, link.person, lock=False), now)


def leave(
    session: Session, keys: tuple[str, ...], token: str, *, everything: bool, one_click: bool, now: datetime
) -> Standing:
    """Withdraw the link's topic, or everything (GDPR Art. 21(2)). Raises `BadToken`.

    Idempotent, also when many arrive at once: the person's row is locked first. The address is
    suppressed as well, so that neither an erasure nor an import can bring the mail back.
    """
    link = links.find(session, keys, "unsubscribe", token, now)
    person, topic = _person(session, link.person, lock=True), str(link.data["topic"])
    if person is None:
        return _standing(session, link, None, now)
    channel = ledger.Channel.ONE_CLICK if one_click else ledger.Channel.UNSUBSCRIBE_PAGE
    notice = withdrawal_notice(person.language)
    if everything:
        added = people.withdraw_everything(
            session, person, channel=channel, notice=notice, language=person.language, now=now
        )
    else:
        if not _has_left(session, link):
            suppression.suppress(session, person.email_suppression, "email", topic, "unsubscribed", now)
        added = people.decide(
            session,
            person,
            {topic: ledger.State.WITHDRAWN},
            channel=channel,
            notice=notice,
            language=person.language,
            now=now,
        )
    _note(session, link, "all" if everything else "topic", added, now)
    session.flush()
    return _standing(session, link, person, now)


def undo(session: Session, keys: tuple[str, ...], token: str, now: datetime) -> Standing:
    """Take back what this link withdrew in the last half hour, as a new decision. Raises `BadToken`.

    What the person has decided elsewhere since then stays as it is.
    """
    link = links.find(session, keys, "unsubscribe", token, now)
    person = _person(session, link.person, lock=True)
    before = _standing(session, link, person, now)
    if person is None or before.departure is None or not before.returnable:
        return before
    people.decide(
        session,
        person,
        dict.fromkeys(before.returnable, ledger.State.GRANTED),
        channel=ledger.Channel.UNSUBSCRIBE_PAGE,
        notice=undo_notice(before.returnable, person.language),
        language=person.language,
        now=now,
        evidence={"undoes": sorted(before.departure.withdrawn[purpose] for purpose in before.returnable)},
    )
    before.departure.undone_at, before.departure.withdrawn = now, {}
    session.flush()
    return _standing(session, link, person, now)


def undo_notice(purposes: tuple[str, ...], language: str) -> Wording:
    """What the page shows beside the button that takes a withdrawal back."""
    return person_notice("undo", language, tuple(dict.fromkeys(p.partition(":")[0] for p in purposes)))


def give_reason(session: Session, keys: tuple[str, ...], token: str, reason: str, now: datetime) -> Standing:
    """Keep why somebody left, in their words. Raises `BadToken`."""
    link = links.find(session, keys, "unsubscribe", token, now)
    standing = _standing(session, link, _person(session, link.person, lock=True), now)
    if standing.departure is not None:
        standing.departure.reason = reason[:LONGEST_REASON]
    return standing


def _person(session: Session, person: UUID | None, *, lock: bool) -> Person | None:
    if person is None:
        return None
    return session.get(Person, person, with_for_update=lock, populate_existing=lock)


def _has_left(session: Session, link: Link) -> bool:
    departure = session.get(Departure, link.handle)
    return departure is not None and departure.undone_at is None


def _note(session: Session, link: Link, scope: str, added: list[ledger.Decision], now: datetime) -> None:
    departure = session.get(Departure, link.handle)
    if departure is None:
        campaign = link.data.get("campaign")
        departure = Departure(
            handle=link.handle,
            campaign=UUID(str(campaign)) if campaign else None,
            topic=str(link.data["topic"]),
            at=now,
            withdrawn={},
        )
        session.add(departure)
    departure.scope = "all" if "all" in (scope, departure.scope) and not departure.undone_at else scope
    departure.undone_at = None
    taken = {row.purpose: row.sequence for row in added if row.state == ledger.State.WITHDRAWN}
    departure.withdrawn = {**departure.withdrawn, **taken}


def _standing(session: Session, link: Link, person: Person | None, now: datetime) -> Standing:
    topic = str(link.data["topic"])
    if person is None:
        return Standing(topic, None)
    departure = session.get(Departure, link.handle)
    decisions = ledger.decisions_of(session, person.id)
    granted = {purpose for purpose, state in decisions.items() if state is ledger.State.GRANTED}
    returnable = []
    for purpose, sequence in (departure.withdrawn if departure else {}).items():
        last = ledger.permits(session, person.id, purpose).decision
        if last is not None and last.sequence == sequence and now - last.at <= UNDO:
            returnable.append(purpose)
    return Standing(topic, person, departure, topic in granted, bool(granted), tuple(returnable))
