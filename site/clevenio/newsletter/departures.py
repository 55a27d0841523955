"""The way out by a mailed link: at once, as often as one likes, and back again for half an hour."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import Wording, person_notice, withdrawal_notice
from clevenio.newsletter.models import Departure
from clevenio.people import links, suppression
from clevenio.people import operations as people
from clevenio.people.canonical import is_at
from clevenio.people.models import Link, Person
from clevenio.people.text import readable
from clevenio.registry import load

UNDO = timedelta(minutes=30)
LONGEST_REASON = 500


@dataclass(frozen=True)
class Standing:
    """What the page behind a link shows. `person` is None where the person was erased.

    `granted` are the purposes that could be withdrawn, as their boxes are called. `returnable` are the purposes that undoing brings back; empty when the time for it is over.
    """

    topic: str
    person: Person | None
    departure: Departure | None = None
    granted: tuple[str, ...] = ()
    returnable: tuple[str, ...] = field(default=())

    @property
    def gets_topic(self) -> bool:
        """Whether the link's own topic still comes."""
        return self.topic in self.granted

    @property
    def language(self) -> str | None:
        """The person's language, None where nobody knows it any more."""
        return self.person.language if self.person else None


def look(session: Session, keys: tuple[str, ...], token: str, now: datetime) -> Standing:
    """What stands behind a link. Changes nothing. Raises `BadToken`."""
    link = links.find(session, keys, "unsubscribe", token, now)
    return _standing(session, link, _person(session, link.person, lock=False), now)


def leave(
    session: Session,
    keys: tuple[str, ...],
    token: str,
    *,
    everything: bool,
    one_click: bool,
    now: datetime,
    chosen: Collection[str] = (),
    language: str | None = None,
) -> Standing:
    """Withdraw the link's topic, what was `chosen` instead, or everything (GDPR Art. 21(2)). Raises `BadToken`.

    `language` is that of the page where it was pressed, where that is not the person's own.

    Idempotent, also when many arrive at once: the person's row is locked first. The address is
    suppressed as well, so that neither an erasure nor an import can bring the mail back.
    """
    link = links.find(session, keys, "unsubscribe", token, now)
    person, topic = _person(session, link.person, lock=True), str(link.data["topic"])
    if person is None:
        return _standing(session, link, None, now)
    channel = ledger.Channel.ONE_CLICK if one_click else ledger.Channel.UNSUBSCRIBE_PAGE
    shown_in = language or person.language
    notice = withdrawal_notice(shown_in)
    shut = suppression.scopes(session, person.email_suppression)
    taken_before = _still_returnable(session, link, person)
    if everything:
        added = people.withdraw_everything(
            session, person, channel=channel, notice=notice, language=shown_in, now=now
        )
    else:
        purposes = dict.fromkeys(chosen or (topic,), ledger.State.WITHDRAWN)
        for scope in () if suppression.EVERYTHING in shut else sorted({*people.expand(purposes)} - shut):
            suppression.suppress(session, person.email_suppression, "email", scope, "unsubscribed", now)
        added = people.decide(
            session,
            person,
            purposes,
            channel=channel,
            notice=notice,
            language=shown_in,
            now=now,
        )
    _note(session, link, person, everything, {**taken_before, **_taken(added, shut)} if added else None, now)
    return _standing(session, link, person, now)


def undo(
    session: Session, keys: tuple[str, ...], token: str, now: datetime, language: str | None = None
) -> Standing:
    """Take back what this link withdrew in the last half hour, as a new decision. Raises `BadToken`.

    Only while the departure is the last word: whatever the person decided since, by any door, and
    whoever left or was suppressed at the same mailbox, ends it. `language` as for `leave`.
    """
    link = links.find(session, keys, "unsubscribe", token, now)
    person = _person(session, link.person, lock=True)
    before = _standing(session, link, person, now)
    if person is None or before.departure is None or not before.returnable:
        return before
    shown_in = language or person.language
    people.decide(
        session,
        person,
        dict.fromkeys(before.returnable, ledger.State.GRANTED),
        channel=ledger.Channel.UNSUBSCRIBE_PAGE,
        notice=undo_notice(before.returnable, shown_in),
        language=shown_in,
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
    """Keep why somebody left, in their words as far as they can be kept. Raises `BadToken`."""
    link = links.find(session, keys, "unsubscribe", token, now)
    standing = _standing(session, link, _person(session, link.person, lock=True), now)
    if standing.departure is not None:
        standing.departure.reason = readable(reason, LONGEST_REASON) or None
    return standing


def _person(session: Session, person: UUID | None, *, lock: bool) -> Person | None:
    if person is None:
        return None
    return session.get(Person, person, with_for_update=lock, populate_existing=lock)


def _still_returnable(session: Session, link: Link, person: Person) -> dict[str, int]:
    """What was withdrawn by this link before and not spoken of since."""
    departure = session.get(Departure, link.handle)
    return departure.withdrawn if departure and _is_last_word(session, person, departure) else {}


def _note(
    session: Session,
    link: Link,
    person: Person,
    everything: bool,
    withdrawn: dict[str, int] | None,
    now: datetime,
) -> None:
    """Write down that somebody left by this link; `withdrawn` None says that it changed nothing."""
    departure = session.get(Departure, link.handle)
    if departure is None:
        campaign = link.data.get("campaign")
        departure = Departure(
            handle=link.handle,
            campaign=UUID(str(campaign)) if campaign else None,
            topic=str(link.data["topic"]),
            scope="topic",
        )
        withdrawn = withdrawn or {}
    if everything or departure.undone_at:
        departure.scope = "all" if everything else "topic"
    departure.undone_at = None
    if withdrawn is not None:
        departure.withdrawn, departure.at = withdrawn, now
        departure.last_decision = _last_decision(session, person)
        departure.last_suppression = suppression.last_row(session, person.email_suppression)
    session.add(departure)
    session.flush()


def _taken(added: list[ledger.Recorded], shut: set[str]) -> dict[str, int]:
    """Which decisions took something away. What was suppressed before was not the link's to take."""
    if suppression.EVERYTHING in shut:
        return {}
    withdrawn = (row for row in added if row.state == ledger.State.WITHDRAWN)
    return {row.purpose: row.sequence for row in withdrawn if row.purpose not in shut}


def _last_decision(session: Session, person: Person) -> int:
    return max((row.sequence for row in ledger.latest(session, person.id).values()), default=0)


def _is_last_word(session: Session, person: Person, departure: Departure) -> bool:
    """Whether the person decided nothing since, and nobody left or was suppressed at this mailbox."""
    later = (
        select(Departure.handle)
        .join(Link, Link.handle == Departure.handle)
        .join(Person, Person.id == Link.person)
        .where(
            is_at(person.mailbox_key),
            Departure.handle != departure.handle,
            Departure.at >= departure.at,
        )
    )
    return (
        _last_decision(session, person) == departure.last_decision
        and suppression.last_row(session, person.email_suppression) == departure.last_suppression
        and session.scalar(later.limit(1)) is None
    )


def _standing(session: Session, link: Link, person: Person | None, now: datetime) -> Standing:
    topic = str(link.data["topic"])
    if person is None:
        return Standing(topic, None)
    departure = session.get(Departure, link.handle)
    last = ledger.latest(session, person.id)
    granted = {purpose for purpose, row in last.items() if row.state == ledger.State.GRANTED}
    returnable: tuple[str, ...] = ()
    if departure is not None and _is_last_word(session, person, departure):
        returnable = tuple(
            purpose
            for purpose, sequence in departure.withdrawn.items()
            if last[purpose].sequence == sequence and now - last[purpose].at <= UNDO
        )
    boxes = {purpose.partition(":")[0] for purpose in granted}
    in_order = tuple(purpose for purpose in load().purposes if purpose in boxes)
    return Standing(topic, person, departure, in_order, returnable)
