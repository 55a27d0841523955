"""Who comes by a file and is in the suppression list already, or is so later, is found when an audience asks."""

from sqlalchemy import select

from clevenio.people import shelves, suppression
from clevenio.people.models import Person
from clevenio.people.shelves import is_listed
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person

NUMBER = "+358401234567"
OTHER = suppression.phone_key(SUPPRESSION_KEY, "+358407654321")
PHONE = suppression.phone_key(SUPPRESSION_KEY, NUMBER)


def listed(session, key):
    query = select(Person.email).where(is_listed(key, suppression.suppressed("newsletter")))
    return sorted(session.scalars(query))


def test_whoever_comes_by_a_file_is_noted_as_anybody_is(database, bring):
    with database.session() as session:
        person = make_person(session, "a.ino@gmail.com")
        suppression.suppress(session, person.email_suppression, "email", "newsletter", "objection", NOW)
        suppression.suppress(session, PHONE, "phone", "newsletter", "objection", NOW)
        suppression.lift(session, PHONE, "phone", "newsletter", "own act", NOW)
        session.commit()
    rows = [{"email": "ai.no@gmail.com", "phone": ""}, {"email": "eero@example.fi", "phone": NUMBER}]
    assert bring(*rows).merged == 2
    with database.session() as session:
        # The one is another spelling of somebody suppressed, the other's number was only so once.
        assert listed(session, Person.email_suppression) == ["a.ino@gmail.com"]
        assert listed(session, Person.phone_suppression) == []
        suppression.suppress(session, PHONE, "phone", "all", "objection", NOW)
        session.commit()
        assert listed(session, Person.phone_suppression) == ["eero@example.fi"]
    with database.session() as session:
        suppression.suppress(session, OTHER, "phone", "newsletter", "objection", NOW)
        session.commit()
    # Somebody new, of whom the list has something: no stranger.
    bring({"email": "uusi@example.fi", "phone": "+358 40 765 4321"})
    with database.session() as session:
        assert listed(session, Person.phone_suppression) == ["eero@example.fi", "uusi@example.fi"]
    assert shelves.mend(database) == 0
