"""What a customer agreed to or was shown, and what is still to be put before them.

Terms and the data-processing agreement are accepted; a notice is only made known, because to inform
somebody is not to ask for consent. A version that must be accepted anew comes first: until then the
account's other pages lead there, save those by which a person leaves, withdraws or keeps proof. Who
does not accept loses nothing: the version they accepted stays in force.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import legal
from clevenio.accounts.models import Account, Agreement
from clevenio.database import insert_ignoring
from clevenio.errors import Missing
from clevenio.legal import Version
from clevenio.settings import Settings


class Kind(StrEnum):
    """What somebody did with a text."""

    ACCEPTED = "accepted"
    SHOWN = "shown"


@dataclass(frozen=True)
class Matter:
    """A version to put before somebody.

    `before` is the newest version they know, None where they know none; `is_due` says that the version
    is in force, and not only published ahead.
    """

    version: Version
    before: Version | None
    is_due: bool

    @property
    def between(self) -> list[Version]:
        """What came after the version they know, up to this one; oldest first."""
        after = self.before.date if self.before else date.min
        known = legal.versions(self.version.text)
        return [one for one in reversed(known) if after < one.date <= self.version.date]

    @property
    def must_accept(self) -> bool:
        """Whether this version, or one that they missed on the way to it, has to be accepted."""
        return any(one.must_be_accepted for one in self.between)


def in_force(on: date) -> list[Version]:
    """The version of each text that is in force on a day."""
    return [legal.current(text, on) for text in legal.TEXTS]


def stamp(versions: Iterable[Version]) -> str:
    """What a form carries to say which versions it stood beside: `terms:2026-11-23 dpa:…`."""
    return " ".join(f"{version.text}:{version.day}" for version in versions)


def named(stamped: str) -> dict[str, str]:
    """A stamp of this program as {text: day}."""
    return dict(part.split(":") for part in stamped.split())


def agree(
    session: Session,
    settings: Settings,
    account: Account,
    texts: Mapping[str, str],
    language: str,
    now: datetime,
) -> None:
    """Keep that whoever has the account saw these versions, {text: day}, and accepted what is no notice."""
    versions = [legal.version(text, day) for text, day in texts.items()]
    kinds = {True: Kind.SHOWN, False: Kind.ACCEPTED}
    _keep(
        session,
        settings,
        account,
        [(one, kinds[one.text in legal.NOTICES]) for one in versions],
        language,
        now,
    )


def matters(session: Session, account: UUID, today: date) -> list[Matter]:
    """Every version that is to be put before somebody: those in force, then those published ahead."""
    rows = session.execute(select(Agreement.text, Agreement.version).where(Agreement.account == account))
    newest: dict[str, str] = {}
    for text, day in rows:
        newest[text] = max(day, newest.get(text, ""))
    known = {text: legal.version(text, day) for text, day in newest.items()}
    due, ahead = [], []
    for text in legal.TEXTS:
        before, current, coming = known.get(text), legal.current(text, today), legal.coming(text, today)
        if before is None or before.date < current.date:
            due.append(Matter(current, before, is_due=True))
            before = current
        if coming is not None and before.date < coming.date:
            ahead.append(Matter(coming, before, is_due=False))
    return due + ahead


def come_first(found: Sequence[Matter]) -> bool:
    """Whether something in force is still to be accepted."""
    return any(matter.is_due and matter.must_accept for matter in found)


def shown(found: Sequence[Matter], language: str) -> str:
    """What the form of these matters carries: each version with its language and digest."""
    return " ".join(
        f"{one.version.text}:{one.version.day}:{language}:{one.version.digest(language)}" for one in found
    )


def answer(
    session: Session,
    settings: Settings,
    account: Account,
    found: Sequence[Matter],
    language: str,
    now: datetime,
) -> None:
    """Keep that these were put before somebody, and accepted where that was asked; twice is once."""
    kinds = [(one.version, Kind.ACCEPTED if one.must_accept else Kind.SHOWN) for one in found]
    _keep(session, settings, account, kinds, language, now)


def _keep(
    session: Session,
    settings: Settings,
    account: Account,
    kinds: Sequence[tuple[Version, Kind]],
    language: str,
    now: datetime,
) -> None:
    facts = dict(legal.facts(settings, language))
    rows = [
        {
            "id": uuid4(),
            "person": account.person_id,
            "account": account.id,
            "text": version.text,
            "version": version.day,
            "language": language,
            "kind": kind,
            "digest": version.digest(language),
            "facts": facts,
            "at": now,
        }
        for version, kind in kinds
    ]
    insert_ignoring(session, Agreement, rows)


def of_person(session: Session, person: UUID) -> list[Agreement]:
    """Everything a person agreed to or was shown, the newest first."""
    query = select(Agreement).where(Agreement.person == person)
    found = list(session.scalars(query.order_by(Agreement.at.desc())))
    return sorted(found, key=lambda one: (-one.at.timestamp(), legal.TEXTS.index(one.text)))


def own(session: Session, person: UUID, agreement: UUID) -> Agreement:
    """One of a person's own. Raises `Missing` for one that is not theirs, as for one that is not there."""
    found = session.get(Agreement, agreement)
    if found is None or found.person != person:
        raise Missing("There is no such agreement.")
    return found
