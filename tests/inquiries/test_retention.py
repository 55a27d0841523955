"""An inquiry and its answers go 24 months after the last word of either side."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.inquiries import answers, operations, queries
from clevenio.inquiries.models import Answer, Inquiry, Redaction
from clevenio.people import restrictions
from tests.inquiries.conftest import a_message
from tests.support.factories import NOW
from tests.support.retention import let_go

YEARS = NOW.replace(year=NOW.year + 2)
SECOND, MONTH = timedelta(seconds=1), timedelta(days=30)


@pytest.fixture
def after(database):
    """What is left of messages and answers once the tick ran at a moment."""

    def left(moment: datetime):
        with database.session() as session:
            let_go(session, queries.SWEEPS, moment)
            session.commit()
            return sorted(session.scalars(select(Inquiry.message))), session.scalars(
                select(Answer.text)
            ).all()

    return left


def test_it_goes_two_years_after_it_came(answering, after):
    answering("One")
    answering("Two", email="other@example.com")
    assert after(YEARS - SECOND)[0] == ["One", "Two"]
    assert after(YEARS)[0] == []


def test_a_later_message_keeps_all_of_the_same_person(answering, after, database, settings):
    answering("One")
    answering("Somebody else’s", email="other@example.com")
    with database.session() as session:
        operations.send(session, settings, a_message("Later"), "en", NOW + MONTH)
        session.commit()
    assert after(YEARS)[0] == ["Later", "One"]
    assert after(YEARS + 2 * MONTH)[0] == []


def test_our_answer_is_a_word_as_well_and_goes_with_the_rest(answering, after, database, settings):
    member, inquiry = answering("One")
    with database.session() as session:
        answers.send(session, settings, member, inquiry, uuid4(), "Hello", NOW + MONTH)
        session.add(Redaction(inquiry=inquiry, reason="confidential", passages=1, by=member.id, at=NOW))
        session.commit()
    assert after(YEARS) == (["One"], ["Hello"])
    assert after(YEARS + 2 * MONTH) == ([], [])
    with database.session() as session:
        assert session.scalars(select(Redaction)).all() == []


def test_a_program_that_uses_an_address_keeps_nothing_of_its_owner(answering, after, database, settings):
    answering("One")
    with database.session() as session:
        spam = a_message("Watches", is_suspected=True)
        operations.send(session, settings, spam, "en", YEARS - SECOND)
        session.commit()
    assert after(YEARS)[0] == ["Watches"]


def test_what_is_restricted_stays(answering, after, database):
    answering("One")
    with database.session() as session:
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    assert after(YEARS + MONTH)[0] == ["One"]
