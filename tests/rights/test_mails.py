"""What a request's mails say, word by word, in both languages."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clevenio import outbox
from clevenio.audiences.models import PULL, Export
from clevenio.audiences.platforms import platform
from clevenio.i18n import gettext as _
from clevenio.i18n import use_language
from clevenio.mail import Folder
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.rights import mails, requests
from clevenio.rights.handling.granting import Granted
from clevenio.rights.mails import Outcome
from clevenio.rights.models import BY_OBJECTION, Kind, Request, State
from clevenio.rights.recipients import uploads
from clevenio.rights.recipients.models import Cause, Result, Task
from clevenio.rights.recipients.words import lines
from clevenio.rights.reminders import remind
from clevenio.rights.words import ENDS, TOLD_DONE
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW, make_person
from tests.support.golden import assert_golden_mail
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
        outbox.deliver_due(database, Folder(settings.data / "mail"), lambda: NOW)
        return mailbox.newest(to), found.id

    return write


def check(name, message, number=None):
    assert_golden_mail(GOLDEN / name, message, {str(number): "NUMBER"} if number else None)


def test_the_request_came(written, settings, language):
    def act(session, request, person):
        mails.queue_received(session, settings, request, person, NOW)

    check(f"received.{language}", written(EMAIL, act)[0])


def test_everything_was_erased(written, settings, language):
    def act(session, request, person):
        mails.queue_erased(session, settings, request, EMAIL, OUTCOME, NOW)

    check(f"erased.{language}", written(EMAIL, act)[0])


def test_it_was_refused(written, settings, language):
    def act(session, request, person):
        mails.queue_answer(session, settings, request, "refused", NOW, ground="Article 17(3)(e)")

    check(f"refused.{language}", written(EMAIL, act)[0])


def test_it_takes_longer(written, settings, language):
    def act(session, request, person):
        mails.queue_answer(session, settings, request, "extended", NOW, reason="Three archives")

    check(f"extended.{language}", written(EMAIL, act)[0])


def test_a_guardian_is_told_of_the_freeze_and_not_what_there_is(written, settings, language):
    def act(session, request, person):
        request.asker, request.answer_to = "guardian", "guardian@example.com"
        mails.queue_to_guardian(session, settings, request, "frozen", NOW)

    message, _number = written("guardian@example.com", act)
    check(f"frozen.{language}", message)
    assert EMAIL not in message.as_string()


def test_a_guardian_is_told_of_the_erasure(written, settings, language):
    def act(session, request, person):
        request.asker = "guardian"
        mails.queue_erased(session, settings, request, "guardian@example.com", OUTCOME, NOW)

    message, _number = written("guardian@example.com", act)
    check(f"erased-guardian.{language}", message)
    assert EMAIL not in message.as_string()


def test_the_holder_is_told_that_the_freeze_is_over(written, settings, language):
    def act(session, request, person):
        mails.queue_lifted(session, settings, session.get_one(Person, person.id), NOW, stays=False)

    check(f"lifted.{language}", written(EMAIL, act)[0])


def test_the_holder_is_told_that_another_restriction_goes_on(written, settings, language):
    def act(session, request, person):
        mails.queue_lifted(session, settings, session.get_one(Person, person.id), NOW, stays=True)

    check(f"lifted-one.{language}", written(EMAIL, act)[0])


def test_the_notice_says_where_to_look_and_not_who_asked(written, settings, language):
    def act(session, request, person):
        mails.queue_for_officers(session, settings, [session.get_one(Request, request.id)], NOW)

    message, number = written("officer@example.com", act)
    check(f"notice.{language}", message, number)
    assert EMAIL not in message.as_string()


def test_the_answer_brings_what_staff_wrote_and_the_way_to_the_file(written, settings, language):
    def act(session, request, person):
        answer, file = "We found this.\nAsk when something is unclear.", "http://localhost/d/TOKEN"
        mails.queue_answer(session, settings, request, "answer", NOW, answer=answer, file=file)

    check(f"answer.{language}", written(EMAIL, act)[0])


def recipients(language, *states):
    """What is said of a recipient in each of these states: still to be told, late, told, or not to be told and why."""
    closed = {
        "told": {"result": Result.TOLD, "told_on": NOW.date(), "closed_at": NOW},
        "impossible": {
            "result": Result.IMPOSSIBLE, "told_on": NOW.date(), "closed_at": NOW, "reason": "Example Ltd is gone.",
        },
    }  # fmt: skip
    vendors = {"open": "google", "late": "meta", "told": "linkedin", "impossible": "reddit"}
    tasks = [
        Task(
            vendor=vendors[state],
            platform=vendors[state],
            since=NOW - timedelta(days=20 if state == "late" else 3),
            **closed.get(state, {}),
        )
        for state in states
    ]
    with use_language(language):
        return lines(tasks, NOW)


def test_the_answer_names_the_recipients_and_whether_each_was_told(written, settings, language):
    def act(session, request, person):
        told = recipients(language, "open", "late", "told", "impossible")
        answer = "We corrected your phone number."
        values = {"answer": answer, "file": None, "recipients": told}
        mails.queue_answer(session, settings, request, "answer", NOW, **values)

    check(f"answer-told.{language}", written(EMAIL, act)[0])


def test_the_answer_to_an_erasure_names_the_recipients(written, settings, language):
    def act(session, request, person):
        outcome = replace(OUTCOME, recipients=recipients(language, "open", "told"))
        mails.queue_erased(session, settings, request, EMAIL, outcome, NOW)

    check(f"erased-told.{language}", written(EMAIL, act)[0])


def test_the_answer_to_an_objection_tells_of_the_erasure_it_leads_to(written, settings, language):
    def act(session, request, person):
        request.kind = Kind.OBJECTION.value
        with use_language(language):
            ended = _("What ends because of your objection: %(what)s", what=ENDS["direct_marketing"])
        granted = Granted(ended, request.due, has_account=True)
        values = {"answer": "We stopped.", "granted": granted, "account": "http://localhost/ACCOUNT"}
        mails.queue_answer(session, settings, request, "answer", NOW, file=None, **values)

    check(f"answer-goes.{language}", written(EMAIL, act)[0])


def test_an_erasure_that_an_objection_led_to_is_not_called_asked_for(written, settings, language):
    def act(session, request, person):
        requests.note(session, request, requests.SYSTEM, BY_OBJECTION, NOW)
        mails.queue_erased(session, settings, request, EMAIL, OUTCOME, NOW)

    check(f"erased-objection.{language}", written(EMAIL, act)[0])


def test_what_somebody_asked_for_an_address_is_confirmed_there(written, settings, language):
    def act(session, request, person):
        kinds = [Kind.DIRECT_MARKETING, Kind.ACCESS, Kind.RECTIFICATION]
        mails.queue_asked(session, settings, address(EMAIL), kinds, language, "/r/TOKEN", NOW)

    check(f"asked.{language}", written(EMAIL, act)[0])


def test_what_needs_no_confirmation_is_told_as_done(written, settings, language):
    def act(session, request, person):
        mails.queue_asked(session, settings, address(EMAIL), [Kind.DIRECT_MARKETING], language, None, NOW)

    check(f"asked-done.{language}", written(EMAIL, act)[0])


def test_officers_hear_each_day_what_is_overdue(written, settings, language):
    def act(session, request, person):
        request.received_at = NOW - timedelta(days=20)
        session.flush()
        remind(session, settings, NOW)

    check(f"overdue.{language}", written("officer@example.com", act)[0])


def test_officers_are_led_to_what_nobody_checked(written, settings, language):
    def act(session, request, person):
        request.received_at, request.state = NOW - timedelta(days=20), State.UNVERIFIED
        session.flush()
        remind(session, settings, NOW)

    check(f"overdue-unchecked.{language}", written("officer@example.com", act)[0])


def test_officers_hear_each_day_which_recipients_were_not_told(written, settings, language):
    def act(session, request, person):
        google = platform("google", settings.data)
        for days in (14, 15, 16):
            since = NOW - timedelta(days=days)
            session.add(uploads.task(google, person.id, 1, Cause.WITHDRAWAL, None, since))
        session.add(uploads.task(platform("meta", settings.data), person.id, 1, Cause.WITHDRAWAL, None, NOW))
        session.flush()
        remind(session, settings, NOW)

    check(f"untold.{language}", written("officer@example.com", act)[0])


def test_officers_hear_each_morning_which_audience_files_left(written, settings, language):
    def act(session, request, person):
        member = make_member(session, "marketer@example.com", "marketer")
        facts = {
            "kind": "upload", "state": "finished", "vendor": "google", "criteria": {}, "ledger_position": 0,
            "notices": [], "rejects": {}, "files": [], "created_at": NOW - timedelta(days=1),
        }  # fmt: skip
        session.add(
            Export(**facts, id=7, platform="google", segment="Spring", rows=1400, actor=f"staff:{member.id}")
        )
        session.add(Export(**facts, id=8, platform="meta", segment="all", rows=1, actor=PULL))
        session.flush()
        remind(session, settings, NOW)

    check(f"left.{language}", written("officer@example.com", act)[0])


def test_a_restriction_ends_with_a_word_before(written, settings, language):
    def act(session, request, person):
        values = {"reason": "The name was right.", "stays": False, "since": NOW - timedelta(days=2)}
        mails.queue_answer(session, settings, request, "unrestricted", NOW, **values)

    check(f"unrestricted.{language}", written(EMAIL, act)[0])


def test_one_of_several_restrictions_ends(written, settings, language):
    def act(session, request, person):
        mails.queue_answer(
            session, settings, request, "unrestricted", NOW, reason=None, stays=True, since=NOW
        )

    check(f"unrestricted-one.{language}", written(EMAIL, act)[0])


def test_the_holder_of_an_unused_account_is_warned(written, settings, language):
    def act(session, request, person):
        mails.queue_unused(
            session, settings, person, NOW - timedelta(days=700), NOW + timedelta(days=30), NOW
        )

    check(f"unused.{language}", written(EMAIL, act)[0])


def test_a_later_message_was_joined(written, settings, language):
    def act(session, request, person):
        told = {"came": NOW + timedelta(days=3), "first": NOW, "answer_by": request.due}
        mails.queue_answer(session, settings, request, "joined", NOW, **told)

    check(f"joined.{language}", written(EMAIL, act)[0])


def test_a_message_was_joined_to_what_an_objection_led_to(written, settings, language):
    def act(session, request, person):
        requests.note(session, request, requests.SYSTEM, BY_OBJECTION, NOW)
        told = {"came": NOW + timedelta(days=3), "first": NOW, "answer_by": request.due}
        mails.queue_answer(session, settings, request, "joined", NOW, **told)

    check(f"joined-objection.{language}", written(EMAIL, act)[0])


def test_a_mail_about_a_request_came_back(written, settings, language):
    def act(session, request, person):
        mails.queue_undelivered(session, settings, request, NOW)

    message, number = written("officer@example.com", act)
    check(f"undelivered.{language}", message, number)


def test_it_was_done_as_it_was_written_down(written, settings, language):
    def act(session, request, person):
        done = TOLD_DONE[Kind.DIRECT_MARKETING]
        mails.queue_answer(session, settings, request, "done", NOW, done=done)

    check(f"done.{language}", written(EMAIL, act)[0])
