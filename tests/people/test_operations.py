"""People and their own decisions."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

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
    operations.change(SUPPRESSION_KEY, person, {"phone": None}, NOW)
    assert person.phone_suppression is None


def test_what_is_no_part_of_a_profile_is_not_set(session):
    with pytest.raises(ValueError, match="restricted_at"):
        operations.change(SUPPRESSION_KEY, make_person(session), {"restricted_at": None}, NOW)


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


def test_no_tick_opens_a_phone_that_somebody_objected_with(session):
    anna = make_person(session, "anna@example.com", phone="+358401234567")
    stranger = make_person(session, "stranger@example.com", phone="+358401234567")
    leave(session, anna)
    grant(session, stranger, "newsletter", "ad_audiences")
    for person in (anna, stranger):
        assert suppression.is_suppressed(session, person.phone_suppression, "ad_audiences:google")
    assert mailed(session, "newsletter") == {stranger.id}


def test_one_tick_leaves_the_rest_of_an_objection_in_force(session):
    person = make_person(session)
    leave(session, person)
    grant(session, person, "surveys")
    key = person.email_suppression
    assert not suppression.is_suppressed(session, key, suppression.EVERYTHING)
    suppressed = {p for p in operations.person_purposes() if suppression.is_suppressed(session, key, p)}
    assert suppressed == {*operations.person_purposes()} - {"surveys"}
    grant(session, person, "newsletter")
    assert not suppression.is_suppressed(session, key, "newsletter")


def test_ticking_nothing_opens_nothing(session):
    person = make_person(session)
    leave(session, person)
    refuse(session, person, "newsletter")
    operations.come_back(session, person, {}, NOW)
    assert suppression.scopes(session, person.email_suppression) == {suppression.EVERYTHING}


def test_an_objection_is_newer_than_that_of_the_other_spelling(session):
    person = make_person(session, "kukka@example.com")
    twin = make_person(session, "kukka+lista@example.com")
    leave(session, person)
    before = suppression.last_row(session, person.email_suppression)
    leave(session, twin)
    assert suppression.last_row(session, person.email_suppression) > before


def test_a_consent_is_recorded_where_only_a_customers_grant_stood(session):
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
    assert states(grant(session, person, "product_news")) == {"product_news": State.GRANTED}
    assert ledger.permits(session, person.id, "product_news").basis is ledger.Basis.CONSENT
    assert grant(session, person, "product_news") == []


def find_or_add(session, email, source):
    return operations.find_or_add(
        session, SUPPRESSION_KEY, identifiers.address(email), language="fi", source=source, now=NOW
    )


def test_somebody_known_is_found_as_they_are_and_somebody_new_is_added(session):
    known = make_person(session, "Kukka@example.com", language="en", source="signup")
    assert find_or_add(session, "kukka@EXAMPLE.com", "newsletter") is known
    assert (known.email, known.language, known.source) == ("Kukka@example.com", "en", "signup")
    assert find_or_add(session, "new@example.com", "newsletter").source == "newsletter"


# SQLite lets one write at a time, so there nobody looks between another's look and insert.
@pytest.mark.parametrize("backend", ["postgresql"])
def test_two_who_add_the_same_address_at_once_get_the_one_person(database, monkeypatch):
    looked, find, waiting = Barrier(2, timeout=20), operations.find, []

    def look(session, address):
        found = find(session, address)
        if len(waiting) < 2:
            waiting.append(session)
            looked.wait()
        return found

    monkeypatch.setattr(operations, "find", look)

    def add(source):
        with database.session() as session:
            person = find_or_add(session, "kukka@example.com", source).id
            # What else belongs to the act is kept, too.
            suppression.suppress(session, source, "email", "newsletter", "test", NOW)
            session.commit()
            return person

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(add, ["signup", "newsletter"]))) == 1
    with database.session(write=False) as session:
        assert all(suppression.scopes(session, source) for source in ("signup", "newsletter"))
