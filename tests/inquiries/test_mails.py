from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.inquiries import answers, operations
from clevenio.inquiries.mails import CONTACT
from clevenio.inquiries.operations import Message
from clevenio.outbox import Mail
from clevenio.people.addresses import address
from tests.inquiries.conftest import parsed
from tests.support.factories import NOW
from tests.support.golden import assert_golden_mail
from tests.support.mailbox import text_of
from tests.support.staff import make_member

GOLDEN = Path(__file__).with_name("golden")
TYPED = Message(
    name="Kaarlo Keksitty",
    address=address("third.party@example.com"),
    message="Win a prize at https://evil.example now",
    company="Evil Example Oy",
)


@pytest.fixture
def mails(database, settings):
    """{recipient: message} of an inquiry with made-up and unfriendly words, by language."""

    def queued(language):
        with database.session() as session:
            make_member(session, "answers@example.com", "support", language=language)
            operations.send(session, settings, TYPED, language, NOW)
            return {
                mail.recipient: message_from_bytes(
                    mail.message.replace(b"\r\n", b"\n"), policy=policy.default
                )
                for mail in session.scalars(select(Mail))
            }

    return queued


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_receipt_says_what_happens_next(mails, language):
    message = mails(language)["third.party@example.com"]
    assert_golden_mail(GOLDEN / f"receipt.{language}", message)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_that_a_stranger_typed_reaches_the_address_they_typed(mails):
    sent = mails("en")["third.party@example.com"].as_string()
    for typed in ("Kaarlo", "Keksitty", "evil", "Evil", "prize"):
        assert typed not in sent


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_notice_to_staff_says_where_to_look_and_not_who_wrote(mails, language):
    message = mails(language)["answers@example.com"]
    text = text_of(message)
    number = text.partition("/staff/inquiries/")[2].partition("\n")[0]
    assert len(number) == 36
    assert_golden_mail(GOLDEN / f"notice.{language}", message, {number: "NUMBER"})
    for private in ("Kaarlo", "third.party", "prize", "Evil"):
        assert private not in message.as_string()


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_answer_says_what_was_written_and_why_it_comes(database, settings, language):
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support", language=language)
        inquiry = operations.send(session, settings, TYPED, language, NOW)
        session.flush()
        answers.send(session, settings, member, inquiry.id, uuid4(), "Hello,\n\nbegin here.\n\nKaarlo", NOW)
        mail = session.scalars(select(Mail).where(Mail.kind == "inquiry_answer")).one()
        message = parsed(mail)
    for typed in ("Win a prize", "evil.example", "Evil Example"):
        assert typed not in message.as_string()
    assert_golden_mail(GOLDEN / f"answer.{language}", message)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_mails_name_the_contact_page_that_is_there(app):
    urls = app.url_map.bind("localhost")
    for language, path in CONTACT.items():
        assert urls.match(path, "GET") == ("inquiries.contact", {"language": language})
