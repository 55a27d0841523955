"""The mails around one's own choices: the link to them, and a change of address.

Nothing that somebody typed is in them, and the two of a change do not name the other address.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.settings import Settings

KIND = "choices"
# The addresses of the pages, as views name them; a test holds the two together.
PAGE = {"fi": "/fi/omat-valinnat/", "en": "/en/my-choices/"}
NEWSLETTER = {"fi": "/fi/uutiskirje", "en": "/en/newsletter"}
RIGHTS = {"fi": "/fi/oikeudet", "en": "/en/rights"}


def queue_link(session: Session, settings: Settings, person: Person, token: str, now: datetime) -> None:
    """The link, to the person's own address."""
    language = person.language
    link = settings.base_url + PAGE[language] + token
    _queue(session, settings, "link", person.email_ascii, language, now, person.id, link=link)


def queue_nobody(session: Session, settings: Settings, to: Address, language: str, now: datetime) -> None:
    """Tell an address that it is on no list of ours, so that its owner can look under another one."""
    links = {
        "newsletter": settings.base_url + NEWSLETTER[language],
        "rights": settings.base_url + RIGHTS[language],
    }
    _queue(session, settings, "nobody", to.ascii, language, now, None, **links)


def queue_move(
    session: Session, settings: Settings, to: Address, language: str, path: str | None, now: datetime
) -> None:
    """Ask a new address whether it is theirs; without a path, tell one that is on our lists already."""
    link = settings.base_url + path if path else None
    _queue(session, settings, "move", to.ascii, language, now, None, link=link)


def queue_moved(session: Session, settings: Settings, person: Person, to: str, now: datetime) -> None:
    """Tell either address that mail goes to the new one."""
    _queue(session, settings, "moved", to, person.language, now, person.id)


def _queue(
    session: Session,
    settings: Settings,
    name: str,
    to: str,
    language: str,
    now: datetime,
    person: UUID | None,
    **values: object,
) -> None:
    outbox.queue_account_mail(
        session,
        settings,
        f"rights/choices/mail/{name}.html",
        kind=KIND,
        to=to,
        language=language,
        now=now,
        person=person,
        **values,
    )
