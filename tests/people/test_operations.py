"""People and their own decisions."""

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.ledger import State
from clevenio.consent.notices import withdrawal_notice
from clevenio.people import identifiers, operations, queries, suppression
from clevenio.people.models import Person
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person, refuse


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def leave(session, person):
    return operations.withdraw_everything(
        session,
        person,
        channel=ledger.Channel.UNSUBSCRIBE_PAGE,
        notice=withdrawal_notice("en"),
        language="en",
        now=NOW,
    )


def states(decisions):
    return {decision.purpose: decision.state for decision in decisions}


def mailed(session, purpose, *bases):
    bases = bases or [ledger.Basis.CONSENT]
    return set(session.scalars(select(Person.id).where(queries.is_mailable(purpose, bases))))


def test_a_person_is_found_whatever_the_case_of_the_address(session):
    person = make_person(session, "Kukka.Keto@example.com")
    assert operations.find(session, identifiers.address("KUKKA.keto@EXAMPLE.com")) is person
    assert operations.find(session, identifiers.address("kukka.keto+x@example.com")) is None


def test_the_suppression_key_of_a_phone_follows_the_phone(session):
    person = make_person(session, phone="+358471234567")
    assert person.phone_suppression == suppression.phone_key(SUPPRESSION_KEY, "+358471234567")
    operations.change(SUPPRESSION_KEY, person, {"phone": None})
    assert person.phone_suppression is None


def test_what_is_no_part_of_a_profile_is_not_set(session):
    with pytest.raises(ValueError, match="restricted_at"):
        operations.change(SUPPRESSION_KEY, make_person(session), {"restricted_at": None})


def test_the_one_box_of_the_audiences_is_one_decision_for_each_platform(session):
    person = make_person(session)
    assert states(grant(session, person, "ad_audiences")) == dict.fromkeys(
        operations.ad_audiences(), "granted"
    )
    assert len(operations.ad_audiences()) > 1


def test_only_a_change_is_recorded_and_what_was_never_granted_is_refused(session):
    person = make_person(session)
    assert states(grant(session, person, "newsletter")) == {"newsletter": "granted"}
    assert grant(session, person, "newsletter") == []
    assert states(refuse(session, person, "newsletter", "surveys")) == {
        "newsletter": "withdrawn",
        "surveys": "refused",
    }
    assert refuse(session, person, "newsletter", "surveys") == []


def test_leaving_everything_withdraws_what_was_granted_and_refuses_the_rest(session):
    person = make_person(session, phone="+358471234567")
    grant(session, person, "newsletter")
    left = states(leave(session, person))
    assert left.pop("newsletter") == State.WITHDRAWN
    assert set(left.values()) == {State.REFUSED}
    assert {"surveys", "mail_opens", *operations.ad_audiences()} <= left.keys()
    assert "analytics" not in left
    for key in (person.email_suppression, person.phone_suppression):
        assert suppression.is_suppressed(session, key, "newsletter")
    assert leave(session, person) == []


def test_leaving_reaches_the_other_spelling_of_the_mailbox(session):
    leaving = make_person(session, "kukka@example.com", phone="+358471234567")
    twin = make_person(session, "kukka+lista@example.com")
    colleague = make_person(session, phone="+358471234567")
    for person in (leaving, twin, colleague):
        grant(session, person, "newsletter")
    leave(session, leaving)
    assert mailed(session, "newsletter") == {colleague.id}


def test_coming_back_opens_what_was_come_back_to_and_nothing_else(session):
    person = make_person(session, "kukka@example.com", phone="+358471234567")
    twin = make_person(session, "kukka+lista@example.com")
    grant(session, person, "newsletter")
    grant(session, twin, "surveys")
    leave(session, person)
    grant(session, person, "newsletter")
    assert mailed(session, "newsletter") == {person.id}
    assert mailed(session, "surveys") == set()
    assert suppression.is_suppressed(session, person.phone_suppression, "newsletter")


def test_restricted_people_are_not_mailed(session):
    person = make_person(session)
    grant(session, person, "newsletter")
    person.restricted_at = NOW
    session.flush()
    assert mailed(session, "newsletter") == set()


def test_a_grant_on_another_basis_is_mailed_only_where_that_basis_counts(session):
    person = make_person(session)
    ledger.record(
        session,
        person.id,
        {"product_news": State.GRANTED},
        channel=ledger.Channel.STAFF,
        language="en",
        notice=withdrawal_notice("en"),
        now=NOW,
        basis=ledger.Basis.CUSTOMER,
    )
    assert mailed(session, "product_news") == set()
    assert mailed(session, "product_news", ledger.Basis.CONSENT, ledger.Basis.CUSTOMER) == {person.id}
