"""What came back, for the screens: of a campaign in numbers, of people row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from clevenio.newsletter.bounces.models import Bounce, Kind, Source
from clevenio.newsletter.models import Campaign, Delivery, Edition
from clevenio.people.models import Person


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
    """Something that came back, with whose it was, and which campaign it was about."""

    bounce: Bounce
    person: Person
    topic: str
    subject: str | None


def of_known_people() -> Select[Bounce]:
    """Everything that still says whose it was, the newest first."""
    return select(Bounce).join(Person, Person.id == Bounce.person).order_by(Bounce.id.desc())


def rows(session: Session, bounces: Sequence[Bounce]) -> list[Row]:
    """These with all that a screen shows of them, in their order."""
    query = (
        select(Bounce, Person, Campaign.topic, Edition.subject)
        .join(Person, Person.id == Bounce.person)
        .join(Campaign, Campaign.id == Bounce.campaign)
        .join(Delivery, Delivery.id == Bounce.delivery)
        .outerjoin(Edition, (Edition.campaign == Bounce.campaign) & (Edition.language == Delivery.language))
        .where(Bounce.id.in_([bounce.id for bounce in bounces]))
        .order_by(Bounce.id.desc())
    )
    return [Row(*each) for each in session.execute(query)]


def of_person(session: Session, person: UUID, most: int = 50) -> list[Row]:
    """What came back of a person's mail, the newest first."""
    query = of_known_people().where(Bounce.person == person).limit(most)
    return rows(session, session.scalars(query).all())
