"""What waits for somebody, gathered from the rooms: a room that has something to add adds a line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio.audiences import queries as audiences
from clevenio.audiences.uploads import queries as uploads
from clevenio.backoffice import mail_troubles, trail
from clevenio.backoffice.campaigns import listing as campaigns
from clevenio.backoffice.misuse import queries as misuse
from clevenio.due import Due
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries import queries as inquiries
from clevenio.people.staff_members import Role
from clevenio.rights import queries as rights
from clevenio.rights.breaches import queries as breaches
from clevenio.rights.holding import operations as holding
from clevenio.rights.letters import operations as letters
from clevenio.rights.recipients import queries as recipients
from clevenio.settings import Settings

# Asks a room, in the language of whoever looks; the session reads and never writes.
Question = Callable[[Session, Settings, datetime], Iterable[Due]]


@dataclass(frozen=True)
class Source:
    """A room's question, whose work its answer is, and what it is about; an administrator sees all of it."""

    roles: frozenset[Role]
    what: str
    ask: Question


def _of_now(ask: Callable[[Session, datetime], Iterable[Due]]) -> Question:
    """A question that needs nothing but the moment."""
    return lambda session, _settings, now: ask(session, now)


def _removals(session: Session, settings: Settings, now: datetime) -> Iterable[Due]:
    return audiences.due(session, settings.data, now)


def _uploads(session: Session, settings: Settings, now: datetime) -> Iterable[Due]:
    return uploads.due(session, settings.data, now)


SUPPORT, OFFICER = frozenset({Role.SUPPORT}), frozenset({Role.PRIVACY_OFFICER})
SOURCES = (
    Source(SUPPORT, _l("inquiries without an answer"), _of_now(inquiries.due)),
    Source(frozenset({Role.MARKETER}), _l("campaigns that ask something"), _of_now(campaigns.due)),
    Source(frozenset({Role.MARKETER}), _l("people to take out of a platform"), _removals),
    Source(frozenset({Role.MARKETER}), _l("files for platforms"), _uploads),
    Source(OFFICER, _l("an audit trail that is not whole"), _of_now(trail.due)),
    Source(OFFICER, _l("data breaches"), _of_now(breaches.due)),
    Source(OFFICER, _l("requests about personal data"), _of_now(rights.due)),
    Source(OFFICER, _l("answers to post or to say"), _of_now(letters.due)),
    Source(OFFICER, _l("unused accounts that an agreement keeps"), _of_now(holding.due)),
    Source(OFFICER, _l("recipients to tell"), _of_now(recipients.due)),
    Source(SUPPORT, _l("guardians’ messages to check"), _of_now(rights.guardians_due)),
    Source(frozenset(), _l("unusual logins and exports"), _of_now(misuse.due)),
    Source(frozenset(), _l("mail that did not arrive"), _of_now(mail_troubles.due)),
)


def _of(roles: frozenset[str]) -> list[Source]:
    return [source for source in SOURCES if roles & {*source.roles, Role.ADMINISTRATOR}]


def watched(roles: frozenset[str]) -> list[str]:
    """What may come to wait for somebody with these roles, in words."""
    return [str(source.what) for source in _of(roles)]


def waiting(session: Session, settings: Settings, roles: frozenset[str], now: datetime) -> list[Due]:
    """Everything that waits for somebody with these roles: the urgent first, then what is due earliest."""
    found = [due for source in _of(roles) for due in source.ask(session, settings, now)]
    return sorted(found, key=lambda due: (not due.is_urgent, due.at))
