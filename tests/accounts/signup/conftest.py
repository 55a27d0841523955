"""A good form of signing up, and what it leaves behind."""

import pytest
from sqlalchemy import func, select

from clevenio.accounts.models import Account, Signup
from clevenio.consent import ledger
from clevenio.outbox import Mail
from clevenio.people import identifiers
from clevenio.people import operations as people
from clevenio.people.models import Person
from tests.support.mailbox import link_in

EMAIL = "maija.esimerkki@example.com"
GOOD = {
    "email": EMAIL,
    "first_name": "Maija",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "esimerkki.example.fi",
    "role": "sales",
    "password": "seitsemän veljestä metsässä",
    "terms": "yes",
}
PATHS = {"fi": "/fi/rekisteroidy", "en": "/en/signup"}


@pytest.fixture
def counts(other_session):
    """What another session sees: signups, accounts, people, mails."""

    def count():
        with other_session() as session:
            kinds = (Signup, Account, Person, Mail)
            return tuple(session.scalar(select(func.count()).select_from(kind)) for kind in kinds)

    return count


@pytest.fixture
def person_of(other_session):
    """The person with an address and the states of their decisions."""

    def find(email=EMAIL):
        with other_session() as session:
            person = people.find(session, identifiers.address(email))
            return person, ledger.decisions_of(session, person.id) if person else None

    return find


@pytest.fixture
def sign_up(client, mailbox):
    """`sign_up(newsletter="yes")`: a good form with more; the path of the mailed link."""

    def post(language="en", **more):
        form = {**GOOD, **more}
        response = client.post(PATHS[language], data=form)
        assert response.status_code == 303, response.text
        return link_in(mailbox.newest(form["email"]), "/v/")

    return post
