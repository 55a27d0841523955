from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.errors import Missing
from clevenio.inquiries import operations
from clevenio.inquiries.models import Inquiry, State
from clevenio.inquiries.queries import Wanted
from clevenio.outbox import Mail
from tests.inquiries.conftest import a_message
from tests.support.factories import NOW, make_person
from tests.support.staff import make_member

KEY = "a key that names people in the trail"


def send(session, settings, now=NOW, **values):
    return operations.send(session, settings, a_message(**values), "fi", now)


def recipients(session):
    return sorted(session.scalars(select(Mail.recipient)))


def test_an_inquiry_is_stored_with_one_mail_to_the_sender_and_one_to_staff(database, settings, other_session):
    with database.session() as session:
        make_member(session, "answers@example.com", "support")
        send(session, settings)
        session.commit()
    with other_session() as session:
        inquiry = session.scalars(select(Inquiry)).one()
        assert (inquiry.name, inquiry.message, inquiry.language) == (
            "Aino Esimerkki",
            "How do I begin?",
            "fi",
        )
        assert inquiry.state == State.OPEN
        assert recipients(session) == ["aino@example.com", "answers@example.com"]


def test_the_same_post_again_is_the_same_act(database, settings):
    with database.session() as session:
        assert send(session, settings) is not None
        assert send(session, settings, NOW + timedelta(minutes=9)) is None
        assert send(session, settings, text="Something else") is not None
        assert session.scalar(select(func.count()).select_from(Inquiry)) == 2


def test_after_ten_minutes_the_same_words_are_a_new_inquiry(database, settings):
    with database.session() as session:
        send(session, settings)
        assert send(session, settings, NOW + timedelta(minutes=11)) is not None


def test_an_address_gets_few_receipts_a_day_but_no_inquiry_is_lost(database, settings):
    with database.session() as session:
        for number in range(5):
            send(session, settings, text=f"Message {number}")
        assert recipients(session) == ["aino@example.com"] * 3
        assert session.scalar(select(func.count()).select_from(Inquiry)) == 5


def test_tags_and_case_of_an_address_do_not_multiply_receipts(database, settings):
    with database.session() as session:
        for number in range(5):
            send(session, settings, email=f"Aino+{number}@example.com")
        assert len(recipients(session)) == 3


def test_administrators_are_told_where_nobody_does_support(database, settings):
    with database.session() as session:
        make_member(session, "boss@example.com", "administrator")
        make_member(session, "marketer@example.com", "marketer")
        send(session, settings)
        assert recipients(session) == ["aino@example.com", "boss@example.com"]


def test_disabled_staff_are_told_nothing(database, settings):
    with database.session() as session:
        make_member(session, "gone@example.com", "support").disabled_at = NOW
        send(session, settings)
        assert recipients(session) == ["aino@example.com"]


def test_an_inquiry_from_a_known_address_belongs_to_that_person(database, settings):
    with database.session() as session:
        person = make_person(session, "aino@example.com")
        assert send(session, settings, email="AINO@example.com").subject == person.id


def test_inquiries_from_one_unknown_address_share_a_subject(database, settings):
    with database.session() as session:
        first, second = send(session, settings), send(session, settings, text="And one more thing")
        stranger = send(session, settings, email="other@example.com")
        session.flush()
        assert first.subject == second.subject != stranger.subject


def test_reading_leaves_who_whose_why_and_when(database, settings):
    with database.session() as session:
        inquiry = send(session, settings)
        session.flush()
        member = make_member(session, "answers@example.com", "support")
        operations.read(session, settings, member, inquiry.id, NOW)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.actor, entry.action, entry.at) == (f"staff:{member.id}", "inquiries.read", NOW)
        assert entry.subject == subject_hash(settings.suppression_key, inquiry.subject)
        assert entry.reason
        assert "example.com" not in str(entry.details)


def test_looking_through_the_inbox_names_everybody_on_the_page(database, settings):
    with database.session() as session:
        sent = [send(session, settings, email=f"writer{number}@example.com") for number in range(3)]
        session.flush()
        found = operations.look_through(session, KEY, "staff:1", Wanted(), 1, NOW)
        assert {inquiry.id for inquiry in found.rows} == {inquiry.id for inquiry in sent}
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.details["subjects"] == sorted(subject_hash(KEY, inquiry.subject) for inquiry in sent)


def test_an_empty_page_shows_nobody_and_leaves_no_entry(database):
    with database.session() as session:
        found = operations.look_through(session, KEY, "staff:1", Wanted(state="closed"), 1, NOW)
        assert found.rows == []
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_change_of_state_is_recorded_once(database, settings):
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support")
        inquiry = send(session, settings)
        session.flush()
        for _ in range(2):
            operations.set_state(session, settings, member, inquiry.id, State.ANSWERED, NOW)
        assert (inquiry.state, inquiry.changed_by, inquiry.changed_at) == ("answered", member.id, NOW)
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["inquiries.answered"]


def test_what_does_not_exist_cannot_be_read_or_changed(database, settings):
    with database.session() as session:
        stranger = make_member(session)
        with pytest.raises(Missing):
            operations.read(session, settings, stranger, stranger.id, NOW)
        with pytest.raises(Missing):
            operations.set_state(session, settings, stranger, stranger.id, State.CLOSED, NOW)
