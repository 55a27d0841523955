"""What a request's mails say, word by word, in both languages."""

from pathlib import Path

import pytest

from clevenio import outbox
from clevenio.mail import Folder
from clevenio.people.models import Person
from clevenio.rights import mails, requests
from clevenio.rights.mails import Outcome
from clevenio.rights.models import Request
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW, make_person
from tests.support.golden import assert_golden
from tests.support.mailbox import text_of
from tests.support.staff import make_member

GOLDEN = Path(__file__).with_name("golden")
pytestmark = [
    pytest.mark.parametrize("backend", ["sqlite"]),
    pytest.mark.parametrize("language", ["fi", "en"]),
]
OUTCOME = Outcome(["Logins", "Name"], [("Decisions", "to show them", "until 1\u00a0June 2029")])


@pytest.fixture
def written(database, settings, mailbox, language):
    """`written(EMAIL, mails.queue_lifted, …)`: the one mail that an act brings somebody."""

    def write(to, act):
        with database.session() as session:
            person = make_person(session, EMAIL, language=language)
            make_member(session, "officer@example.com", "privacy_officer", language=language)
            found = requests.ask_for_erasure(session, settings, person.id, language, NOW)
            session.query(outbox.Mail).delete()
            act(session, found, person)
            session.commit()
        outbox.deliver_due(database, Folder(settings.data / "mail"), NOW)
        return mailbox.newest(to), found.id

    return write


def check(name, message, number=None):
    text = f"{message['Subject']}\n\n{text_of(message)}"
    assert_golden(GOLDEN / name, text.replace(str(number), "NUMBER"))


def test_the_request_came(written, settings, language):
    def act(session, request, person):
        mails.queue_received(session, settings, request, person, NOW)

    check(f"received.{language}.txt", written(EMAIL, act)[0])


def test_everything_was_erased(written, settings, language):
    def act(session, request, person):
        mails.queue_erased(session, settings, request, EMAIL, OUTCOME, NOW)

    check(f"erased.{language}.txt", written(EMAIL, act)[0])


def test_it_was_refused(written, settings, language):
    def act(session, request, person):
        mails.queue_answer(session, settings, request, "refused", NOW, ground="Article 17(3)(e)")

    check(f"refused.{language}.txt", written(EMAIL, act)[0])


def test_it_takes_longer(written, settings, language):
    def act(session, request, person):
        mails.queue_answer(session, settings, request, "extended", NOW, reason="Three archives")

    check(f"extended.{language}.txt", written(EMAIL, act)[0])


def test_a_guardian_is_told_of_the_freeze_and_not_what_there_is(written, settings, language):
    def act(session, request, person):
        request.asker, request.answer_to = "guardian", "guardian@example.com"
        mails.queue_to_guardian(session, settings, request, "frozen", NOW)

    message, _ = written("guardian@example.com", act)
    check(f"frozen.{language}.txt", message)
    assert EMAIL not in message.as_string()


def test_a_guardian_is_told_of_the_erasure(written, settings, language):
    def act(session, request, person):
        request.asker = "guardian"
        mails.queue_erased(session, settings, request, "guardian@example.com", OUTCOME, NOW)

    message, _ = written("guardian@example.com", act)
    check(f"erased-guardian.{language}.txt", message)
    assert EMAIL not in message.as_string()


def test_the_holder_is_told_that_the_freeze_is_over(written, settings, language):
    def act(session, request, person):
        mails.queue_lifted(session, settings, session.get_one(Person, person.id), NOW)

    check(f"lifted.{language}.txt", written(EMAIL, act)[0])


def test_the_notice_says_where_to_look_and_not_who_asked(written, settings, language):
    def act(session, request, person):
        mails.queue_for_officers(session, settings, [session.get_one(Request, request.id)], NOW)

    message, number = written("officer@example.com", act)
    check(f"notice.{language}.txt", message, number)
    assert EMAIL not in message.as_string()
