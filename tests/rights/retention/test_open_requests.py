"""What somebody asked about is there until they are answered, and whoever is known by an address alone is held as others are."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clevenio import outbox
from clevenio.accounts import signups
from clevenio.accounts.models import Signup
from clevenio.inquiries import queries as inquiries
from clevenio.newsletter import expiry as newsletter
from clevenio.newsletter.bounces.models import Bounce
from clevenio.people import restrictions, usage
from clevenio.people.restrictions import Ground
from clevenio.people.usage import UsageEvent
from clevenio.rights import requests
from clevenio.rights.models import Asker, Channel, Kind, State, Submission
from clevenio.rights.retention import rules
from tests.rights.retention.test_rules import inquiry, years
from tests.support.factories import NOW, make_person
from tests.support.retention import let_go

EMAIL = "aino@example.com"


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def ask(session, subject, state=State.OPEN, *, is_named=False, kind=Kind.ACCESS):
    """A request; `is_named`: it came with an address, as by the public page."""
    submission = Submission(id=uuid4())
    if is_named:
        submission.email = submission.address_key = EMAIL
    session.add(submission)
    return requests.add(
        session,
        subject,
        "k",
        kind=kind,
        asker=Asker.PERSON,
        channel=Channel.PAGE,
        language="en",
        received_at=NOW,
        state=state,
        now=NOW,
        submission=submission.id,
    )


def used(session, person):
    session.add(UsageEvent(person=person.id, kind="login", at=NOW, day=NOW.date()))
    session.flush()


def mailed(session, **more):
    mail = outbox.queue(
        session, kind="x", sender="a@example.com", recipient=EMAIL, subject="", message=b"", now=NOW, **more
    )
    mail.state, mail.finished_at = "sent", NOW
    session.flush()


@pytest.mark.parametrize("state", [State.OPEN, State.EXTENDED])
def test_the_log_of_whoever_has_an_open_request_stays_until_it_is_answered(session, state):
    person = make_person(session, EMAIL)
    used(session, person)
    request = ask(session, person.id, state)
    assert let_go(session, usage.SWEEPS, years(2)) == 0
    requests.end(session, request, State.DONE, "staff:1", NOW)
    assert let_go(session, usage.SWEEPS, years(2)) == 1


def test_what_nobody_confirmed_holds_nothing(session):
    person = make_person(session, EMAIL)
    used(session, person)
    ask(session, person.id, State.UNVERIFIED)
    assert let_go(session, usage.SWEEPS, years(2)) == 1


@pytest.mark.parametrize("is_named", [True, False])
def test_mail_to_an_address_stays_while_its_request_is_open(session, is_named):
    subject = uuid4() if is_named else make_person(session, EMAIL).id
    mailed(session)
    request = ask(session, subject, is_named=is_named)
    assert let_go(session, [rules.MAILS], years(9)) == 0
    requests.end(session, request, State.DONE, "staff:1", NOW)
    assert let_go(session, [rules.MAILS], years(9)) == 1


def test_mail_about_an_open_request_stays_whatever_form_its_address_has(session):
    request = ask(session, uuid4(), is_named=True)
    mail = outbox.queue(
        session,
        kind="x",
        sender="a@example.com",
        recipient="a@xn--4cab6c.example",
        subject="",
        message=b"",
        now=NOW,
    )
    mail.state, mail.finished_at, mail.about = "sent", NOW, request.id
    session.flush()
    assert let_go(session, [rules.MAILS], years(9)) == 0
    requests.end(session, request, State.DONE, "staff:1", NOW)
    assert let_go(session, [rules.MAILS], years(9)) == 1


def test_a_bounce_of_a_mailbox_that_is_asked_about_stays_also_where_it_had_another_owner(session):
    owner = make_person(session, "former@example.com")
    session.add(
        Bounce(
            report="1",
            mail=uuid4(),
            person=owner.id,
            key="k",
            kind="hard",
            status="",
            at=NOW,
            source="maildir",
        )
    )
    request = ask(session, uuid4(), is_named=True)
    assert let_go(session, newsletter.SWEEPS, years(9)) == 0
    requests.end(session, request, State.DONE, "staff:1", NOW)
    assert let_go(session, newsletter.SWEEPS, years(9)) == 1


def test_so_do_an_inquiry_and_a_signup_from_there(session):
    inquiry(session, uuid4(), NOW)
    session.add(
        Signup(
            id=uuid4(),
            email=EMAIL,
            address_key=EMAIL,
            profile={},
            password="x",
            language="en",
            ticked=[],
            wording={},
            texts={},
            created_at=NOW,
        )
    )
    request = ask(session, uuid4(), is_named=True)
    session.flush()
    assert let_go(session, (*inquiries.SWEEPS, *signups.SWEEPS), years(3)) == 0
    requests.end(session, request, State.DONE, "staff:1", NOW)
    assert let_go(session, (*inquiries.SWEEPS, *signups.SWEEPS), years(3)) == 2


@pytest.mark.parametrize("state", [State.OPEN, State.DONE])
def test_what_is_known_of_a_restricted_address_without_a_person_stays(session, state):
    subject = uuid4()
    session.add(Bounce(report="1", mail=uuid4(), key="k", kind="hard", status="", at=NOW, source="maildir"))
    old = ask(session, subject, State.OPEN, is_named=True)
    requests.end(session, old, State.DONE, "staff:1", NOW)
    brought = ask(session, subject, State.OPEN, is_named=True, kind=Kind.RESTRICTION)
    restrictions.restrict(session, EMAIL, Ground.CLAIM, brought.id, NOW)
    if state is State.DONE:
        requests.end(session, brought, State.DONE, "staff:1", NOW)
    assert let_go(session, (*newsletter.SWEEPS, rules.REQUESTS), years(9)) == 0
    restrictions.lift(session, EMAIL, Ground.CLAIM)
    requests.end(session, brought, State.DONE, "staff:1", NOW)
    assert let_go(session, (*newsletter.SWEEPS, rules.REQUESTS), years(9) + timedelta(days=1)) == 3
