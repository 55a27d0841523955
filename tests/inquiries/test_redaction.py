from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.errors import BadInput, Missing, Refused
from clevenio.inquiries import answers, redaction
from clevenio.inquiries.models import Answer, Inquiry, Redaction
from clevenio.inquiries.redaction import Chosen
from clevenio.outbox import Mail, MailState
from clevenio.people import restrictions
from tests.inquiries.conftest import HEALTH, TEXT, parsed
from tests.support.factories import NOW
from tests.support.mailbox import text_of


def choose(*passages, parts=(), text=TEXT):
    return Chosen(redaction.version(text), frozenset(parts), passages)


def left(text, *passages, parts=(), language="en"):
    spans = redaction.where(text, choose(*passages, parts=parts, text=text))
    return redaction.without(text, spans, language)


@pytest.fixture
def redact(database, settings):
    def act(member, inquiry, chosen, reason="sensitive", now=NOW):
        with database.session() as session:
            removed = redaction.redact(session, settings, member, inquiry, chosen, reason, now)
            session.commit()
            return removed

    return act


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("One. Two? Three", ["One.", "Two?", "Three"]),
        ("One\n\n  Two, and more\nThree.\n", ["One", "Two, and more", "Three."]),
        ("Version 3.11 of x.y... Really?! Yes", ["Version 3.11 of x.y...", "Really?!", "Yes"]),
        ("Ä.", ["Ä."]),
        (" \n ", []),
    ],
)
def test_a_message_falls_into_sentences_and_lines(message, parts):
    assert redaction.parts(message) == parts


@pytest.mark.parametrize(
    ("passages", "parts", "result"),
    [
        (["I am ill"], [], "Hello. [removed], says Aino.\nI am here.\nBye"),
        (["i  AM\nill"], [], "Hello. [removed], says Aino.\nI am here.\nBye"),
        ([], [0], "[removed] I am ill, says Aino.\nI am here.\nBye"),
        ([], [1, 2], "Hello. [removed]\nBye"),
        (["I am"], [], "Hello. [removed] ill, says Aino.\n[removed] here.\nBye"),
        (["says Aino", "Aino"], [1], "Hello. [removed]\nI am here.\nBye"),
        (["Hello", "Bye"], [], "[removed]. I am ill, says Aino.\nI am here.\n[removed]"),
    ],
)
def test_what_was_chosen_gives_way_to_a_mark(passages, parts, result):
    assert left("Hello. I am ill, says Aino.\nI am here.\nBye", *passages, parts=parts) == result


def test_the_mark_is_in_the_language_of_the_message():
    assert left("Olen sairas. Hei", parts=[0], language="fi") == "[poistettu] Hei"


def test_no_character_of_a_passage_is_a_pattern():
    assert left("a.c abc (x)* end", "a.c", "(x)*") == "[removed] abc [removed] end"


@pytest.mark.parametrize(
    ("passages", "parts"), [([], []), ([], [99]), (["not in it"], []), (["I am ill", "not in it"], [])]
)
def test_nothing_is_removed_where_something_is_not_there(passages, parts):
    with pytest.raises(BadInput):
        redaction.where("I am ill", choose(*passages, parts=parts, text="I am ill"))


def test_numbers_are_not_taken_for_those_of_another_text():
    with pytest.raises(BadInput):
        redaction.where("Another text.", choose(parts=[0], text="A text."))


def test_the_trail_says_why_and_how_many_and_never_what(answering, redact, other_session):
    member, inquiry = answering(TEXT)
    redact(member, inquiry, choose(HEALTH), "sensitive")
    with other_session() as session:
        found = session.get_one(Inquiry, inquiry)
        assert HEALTH not in found.message
        assert "[removed]" in found.message
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.reason) == ("inquiries.redact", "removing sensitive data")
        assert entry.details == {"inquiry": str(inquiry), "passages": 1}
        made = session.scalars(select(Redaction)).one()
        assert (made.reason, made.passages, made.by, made.cleaned_at) == ("sensitive", 1, member.id, None)
        for row in (entry, made):
            values = [str(getattr(row, column.name)) for column in row.__table__.columns]
            assert not any("diabetes" in value for value in values)


def test_a_message_that_changed_meanwhile_is_chosen_from_anew(answering, redact, other_session):
    member, inquiry = answering(TEXT)
    redact(member, inquiry, choose(HEALTH))
    with pytest.raises(BadInput):
        redact(member, inquiry, choose(parts=[0]))
    with other_session() as session:
        assert session.get_one(Inquiry, inquiry).message.startswith("Hello, how do I begin?")


def test_nobody_redacts_what_they_may_not_see(answering, redact, database):
    member, inquiry = answering(TEXT)
    with database.session() as session:
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    with pytest.raises(Missing):
        redact(member, inquiry, choose(HEALTH))


@pytest.fixture
def answered(answering, database, settings):
    """An inquiry and an answer that repeats what is sensitive; its mail waits."""
    member, inquiry = answering(TEXT)
    with database.session() as session:
        text = f"Hello,\nyou wrote that {HEALTH.upper()}.\nKaarlo"
        answers.send(session, settings, member, inquiry, uuid4(), text, NOW)
        session.commit()
    return member, inquiry


def test_it_goes_from_an_answer_that_repeats_it_and_from_its_waiting_mail(answered, redact, thread):
    before = thread(answered[1])[0].mail
    redact(*answered, choose(HEALTH))
    [sent] = thread(answered[1])
    assert sent.answer.text == "Hello,\nyou wrote that [removed].\nKaarlo"
    old, new = parsed(before), parsed(sent.mail)
    assert sent.answer.text in text_of(new)
    assert "DIABETES" not in new.get_body(("html",)).get_content()
    assert {name: value for name, value in new.items() if name != "Content-Type"} == {
        name: value for name, value in old.items() if name != "Content-Type"
    }


def test_an_answer_without_it_stays_byte_for_byte(answering, redact, thread, database, settings):
    member, inquiry = answering(TEXT)
    with database.session() as session:
        answers.send(session, settings, member, inquiry, uuid4(), "Begin here.", NOW)
        session.commit()
    before = thread(inquiry)[0].mail.message
    redact(member, inquiry, choose(HEALTH))
    assert thread(inquiry)[0].mail.message == before


def test_a_mail_that_is_being_sent_is_waited_for(answered, redact, database, thread):
    with database.session() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == "inquiry_answer")).one()
        mail.claim, mail.due_at = uuid4(), NOW + timedelta(minutes=5)
        session.commit()
    with pytest.raises(Refused):
        redact(*answered, choose(HEALTH))
    with database.session() as session:
        session.get_one(Mail, mail.id).state = MailState.SENDING
        session.commit()
    with pytest.raises(Refused):
        redact(*answered, choose(HEALTH))
    with database.session() as session:
        assert HEALTH in session.get_one(Inquiry, answered[1]).message
        assert "DIABETES" in session.scalars(select(Answer.text)).one()
    # Once its lease is over nobody is sending it any more.
    with database.session() as session:
        found = session.get_one(Mail, mail.id)
        found.state, found.due_at = MailState.PENDING, NOW
        session.commit()
    redact(*answered, choose(HEALTH))
    assert "DIABETES" not in thread(answered[1])[0].answer.text
