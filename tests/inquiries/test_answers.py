from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.errors import Missing, Refused
from clevenio.inquiries import answers, operations
from clevenio.inquiries.models import Answer, Inquiry, State
from clevenio.outbox import Mail, MailState
from clevenio.people import restrictions
from tests.inquiries.conftest import a_message, parsed
from tests.support.factories import NOW
from tests.support.mailbox import text_of
from tests.support.staff import make_member

LATER = NOW + timedelta(hours=1)
TEXT = "Hello Aino,\n\nbegin <here> & now: https://example.com/start\n\nKaarlo"


@pytest.fixture
def answer(database, settings):
    """`answer(member, inquiry, "Text")`: an answer that was sent."""

    def send(member, inquiry, text=TEXT, key=None, now=LATER):
        with database.session() as session:
            answers.send(session, settings, member, inquiry, key or uuid4(), text, now)
            session.commit()

    return send


def test_an_answer_is_kept_mailed_and_marks_the_inquiry(answering, answer, thread, other_session, settings):
    member, inquiry = answering(language="fi")
    answer(member, inquiry)
    [sent] = thread(inquiry)
    assert (sent.answer.text, sent.answer.by, sent.answer.at) == (TEXT, member.id, LATER)
    assert (sent.mail.recipient, sent.mail.state) == ("aino@example.com", MailState.PENDING)
    with other_session() as session:
        found = session.get(Inquiry, inquiry)
        assert (found.state, found.changed_by, found.changed_at) == (State.ANSWERED, member.id, LATER)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.actor) == ("inquiries.answer", f"staff:{member.id}")
        assert entry.subject == subject_hash(settings.suppression_key, found.subject)
        assert "example" not in str(entry.details)
        assert "Aino" not in str(entry.details)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Our answer to your message"), ("fi", "Vastauksemme viestiisi")]
)
def test_the_mail_is_in_the_language_of_the_message(answering, answer, thread, language, subject):
    member, inquiry = answering(language=language)
    answer(member, inquiry)
    message = parsed(thread(inquiry)[0].mail)
    assert (message["Subject"], message["Content-Language"]) == (subject, language)
    assert TEXT in text_of(message)
    html = message.get_body(("html",)).get_content()
    assert "begin &lt;here&gt; &amp; now" in html
    assert 'href="https://example.com/start"' in html


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("extra_settings", [{"REPLY_TO": "hello@example.com"}])
def test_the_mail_stands_below_the_receipt_and_is_answered_to_the_company(
    answering, answer, thread, other_session, extra_settings
):
    member, inquiry = answering()
    with other_session() as session:
        receipt = session.scalars(
            select(Mail).where(Mail.kind == "inquiry", Mail.recipient == "aino@example.com")
        )
        before = [parsed(receipt.one())["Message-ID"]]
    for number in range(10):
        answer(member, inquiry, f"Nr {number}", now=LATER + timedelta(minutes=number))
    for sent in thread(inquiry):
        message = parsed(sent.mail)
        assert message["In-Reply-To"] == before[-1]
        assert message["References"].split() == before[-8:]
        assert message["Reply-To"] == "hello@example.com"
        assert message["Auto-Submitted"] == "no"
        assert message["List-Unsubscribe"] is None
        assert all(len(line) < 998 for line in sent.mail.message.split(b"\r\n"))
        before.append(message["Message-ID"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_without_a_receipt_the_mail_stands_alone(answering, answer, thread, database):
    member, inquiry = answering()
    with database.session() as session:
        session.get_one(Inquiry, inquiry).receipt = None
        session.commit()
    answer(member, inquiry)
    message = parsed(thread(inquiry)[0].mail)
    assert message["In-Reply-To"] is None
    assert message["References"] is None


def test_pressing_twice_is_one_answer(answering, answer, thread, other_session):
    member, inquiry = answering()
    key = uuid4()
    for text in ("First", "First", "Changed in between"):
        answer(member, inquiry, text, key)
    assert [sent.answer.text for sent in thread(inquiry)] == ["First"]
    with other_session() as session:
        mails = select(func.count()).select_from(Mail).where(Mail.kind == "inquiry_answer")
        assert session.scalar(mails) == 1
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["inquiries.answer"]


def test_an_answers_id_is_good_for_its_own_inquiry_alone(answering, answer, thread, database, settings):
    member, first = answering()
    _, second = answering("And another thing")
    key = uuid4()
    answer(member, first, "First", key)
    with pytest.raises(Missing):
        answer(member, second, "Second", key)
    assert thread(second) == []
    with database.session() as session:
        assert session.get_one(Inquiry, second).state == State.OPEN


def test_no_answer_leaves_to_a_frozen_address(answering, answer, thread, database):
    member, inquiry = answering()
    with database.session() as session:
        officer = make_member(session, "officer@example.com", "support", "privacy_officer")
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    with pytest.raises(Missing):
        answer(member, inquiry)
    with pytest.raises(Refused):
        answer(officer, inquiry)
    assert thread(inquiry) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_came_after_the_freeze_is_read_but_not_answered_from_here(database, settings):
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support")
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        inquiry = operations.send(session, settings, a_message(), "en", LATER)
        session.commit()
        assert answers.thread(session, member, operations.found(session, member, inquiry.id)).is_frozen
        with pytest.raises(Refused):
            answers.send(session, settings, member, inquiry.id, uuid4(), TEXT, LATER)


def test_the_other_messages_of_the_same_person_are_there_the_newest_first(database, settings):
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support")
        sent = [
            operations.send(session, settings, a_message(f"Nr {number}"), "en", NOW + timedelta(hours=number))
            for number in range(3)
        ]
        operations.send(session, settings, a_message(email="other@example.com"), "en", NOW)
        session.flush()
        others = answers.thread(session, member, sent[1]).others
        assert [inquiry.message for inquiry in others] == ["Nr 2", "Nr 0"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_restricted_messages_are_beside_others_for_a_privacy_officer_alone(database, settings):
    with database.session() as session:
        support = make_member(session, "answers@example.com", "support")
        officer = make_member(session, "officer@example.com", "support", "privacy_officer")
        operations.send(session, settings, a_message("Before"), "en", NOW)
        session.flush()
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        after = operations.send(session, settings, a_message("After"), "en", LATER)
        session.flush()
        assert answers.thread(session, support, after).others == []
        assert [each.message for each in answers.thread(session, officer, after).others] == ["Before"]


def test_answers_go_with_their_inquiry(answering, answer, database):
    member, inquiry = answering()
    answer(member, inquiry)
    with database.session() as session:
        session.delete(session.get_one(Inquiry, inquiry))
        session.commit()
        assert session.scalars(select(Answer)).all() == []
