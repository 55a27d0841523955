"""What came back, for the screens: of a campaign in numbers, of people row by row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from clevenio.newsletter import placeholders
from clevenio.newsletter.bounces.models import Bounce, Kind, Source
from clevenio.newsletter.models import Campaign, Delivery, Edition
from clevenio.outbox import Mail
from clevenio.people.models import Person
from clevenio.settings import Settings


@dataclass(frozen=True)
class Returned:
    """How many deliveries of a campaign came back after they were sent, and about how many somebody complained."""

    bounced: int
    complaints: int


def returned(session: Session, campaign: UUID) -> Returned:
    """A campaign's numbers, each delivery once. What a relay refused at once was never sent, and has failed."""
    is_complaint = Bounce.kind == Kind.COMPLAINT
    query = select(
        func.count(case((~is_complaint, Bounce.delivery)).distinct()),
        func.count(case((is_complaint, Bounce.delivery)).distinct()),
    ).where(Bounce.campaign == campaign, Bounce.source != Source.REPLY)
    return Returned(*session.execute(query).one())


@dataclass(frozen=True)
class Row:
    """Something that came back, with whose it was, and which campaign it was about, or which other mail.

    A mail of the outbox has no topic; its subject line is None once the mail has gone.
    """

    bounce: Bounce
    person: Person
    topic: str | None
    subject: str | None
    language: str | None

    def heading(self, settings: Settings) -> str | None:
        """The subject line as it was sent."""
        if self.subject is None or self.topic is None or self.language is None:
            return self.subject
        return placeholders.in_subjects(settings, self.topic, {self.language: self.subject})[self.language]


def of_campaigns() -> Select[Bounce]:
    """What came back of campaigns and still says whose it was, the newest first."""
    return _of_known_people().where(Bounce.delivery.is_not(None))


def _of_known_people() -> Select[Bounce]:
    return select(Bounce).join(Person, Person.id == Bounce.person).order_by(Bounce.id.desc())


def rows(session: Session, bounces: Sequence[Bounce]) -> list[Row]:
    """These with all that a screen shows of them, in their order."""
    query = (
        select(Bounce, Person, Campaign.topic, func.coalesce(Edition.subject, Mail.subject), Edition.language)
        .join(Person, Person.id == Bounce.person)
        .outerjoin(Campaign, Campaign.id == Bounce.campaign)
        .outerjoin(Delivery, Delivery.id == Bounce.delivery)
        .outerjoin(Edition, (Edition.campaign == Bounce.campaign) & (Edition.language == Delivery.language))
        .outerjoin(Mail, Mail.id == Bounce.mail)
        .where(Bounce.id.in_([bounce.id for bounce in bounces]))
        .order_by(Bounce.id.desc())
    )
    return [Row(*each) for each in session.execute(query)]


def of_person(session: Session, person: UUID, most: int = 50) -> list[Row]:
    """What came back of a person's mail, the newest first."""
    query = _of_known_people().where(Bounce.person == person).limit(most)
    return rows(session, session.scalars(query).all())


def of_mails(session: Session, mails: Collection[UUID]) -> dict[UUID, list[Bounce]]:
    """What came back about mails of the outbox, by mail, the newest first."""
    query = select(Bounce).where(Bounce.mail.in_(mails)).order_by(Bounce.id.desc())
    found: dict[UUID, list[Bounce]] = {}
    for bounce in session.scalars(query):
        if bounce.mail is not None:
            found.setdefault(bounce.mail, []).append(bounce)
    return found
