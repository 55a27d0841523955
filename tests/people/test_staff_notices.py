from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.outbox import Mail
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from tests.support.factories import NOW
from tests.support.staff import make_member

LATE = NOW + timedelta(days=61)


@pytest.fixture
def told(database, settings):
    """`told()`: to whom the notice for support goes, 61 days after the first of June."""

    def queue():
        with database.session() as session:
            template = "inquiries/mail/notice.html"
            queue_for_staff(
                session, settings, template, kind="inquiry", roles=(Role.SUPPORT,), now=LATE, link="/"
            )
            session.commit()
            return session.scalars(select(Mail.recipient)).all()

    return queue


def add(database, *members):
    with database.session() as session:
        for email, role, now in members:
            make_member(session, email, role, now=now)
        session.commit()


def test_whose_access_has_ended_unused_is_told_nothing(database, told):
    add(database, ("here@example.com", "support", LATE), ("left@example.com", "support", NOW))
    assert told() == ["here@example.com"]


def test_where_everybody_in_a_role_has_gone_the_last_administrator_is_told(database, told):
    add(database, ("boss@example.com", "administrator", NOW), ("left@example.com", "support", NOW))
    assert told() == ["boss@example.com"]
