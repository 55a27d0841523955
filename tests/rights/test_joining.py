"""Asking again for the same while it is open: nothing that somebody says is closed unread."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.outbox import Mail
from clevenio.people.models import Person
from clevenio.rights.models import Kind, Request, State, Submission
from tests.rights.asking.test_operations import Asking
from tests.rights.handling.test_staff import EMAIL, enter, send
from tests.rights.own.test_views import PATHS, ask
from tests.support.factories import NOW, make_person
from tests.support.mailbox import text_of
from tests.support.staff import make_member


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def asking(database, settings):
    return Asking(database, settings)


def confirmed(asking, details, now):
    asking.ask("rectification", details=details, now=now)
    asking.confirm(asking.token(), now=now)


def test_another_wish_is_carried_to_the_open_request_and_told(asking, database):
    with database.session() as session:
        make_person(session, EMAIL)
        make_member(session, "officer@example.com", "privacy_officer")
        session.commit()
    confirmed(asking, "My name is Aino", NOW)
    before = len(asking.mails("officer@example.com"))
    confirmed(asking, "My number is wrong, too", NOW + timedelta(days=3))
    first, second = sorted(asking.rows(Request), key=lambda each: each.received_at)
    assert (first.state, second.state, second.joined_to) == (State.OPEN, State.DUPLICATE, first.id)
    kept = {each.id: each.details for each in asking.rows(Submission)}
    assert kept[second.submission] == "My number is wrong, too"
    assert len(asking.mails("officer@example.com")) == before + 1
    [told] = [
        each for each in asking.mails() if each.subject == "We joined your message to your open request"
    ]
    text = told.message.replace(b"=\r\n", b"").decode()
    assert "1=C2=A0June 2026" in text
    assert "15=C2=A0June 2026" in text


@pytest.mark.parametrize("again", [None, "My name is Aino"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_says_nothing_new_ends_without_a_word(asking, again):
    confirmed(asking, "My name is Aino", NOW)
    before = {mail.id for mail in asking.rows(Mail)}
    confirmed(asking, again, NOW + timedelta(days=3))
    assert [each.state for each in asking.rows(Request)].count(State.DUPLICATE) == 1
    new = [mail for mail in asking.rows(Mail) if mail.id not in before]
    assert [mail.subject for mail in new if b"/q/" not in mail.message] == []


def test_staff_read_it_with_the_open_request_and_answer_elsewhere(
    officer, found, mailbox, other_session, clock
):
    path = enter(officer, "access", details="Everything", checked="The company agrees").location
    clock.advance(minutes=1)
    enter(
        officer,
        "access",
        channel="post",
        details="The phone calls, too",
        answer_to="uusi@example.com",
        checked="The company agrees",
    )
    page = officer.get(path).text
    assert "Joined to this request" in page
    assert "The phone calls, too" in page
    assert "By post" in page
    [joined] = [each for each in found() if each.joined_to]
    assert f'href="{path}"' in officer.get(f"/staff/requests/{joined.id}").text
    assert "We joined" in mailbox.newest("uusi@example.com")["Subject"]
    send(officer, f"{path}/answer", f"{path}/answer", text="Here.", way="mail", outcome="")
    assert "Here." in text_of(mailbox.newest("uusi@example.com"))
    assert mailbox.all(EMAIL) == []
    with other_session() as session:
        assert session.scalars(select(Submission.email).where(Submission.email.is_not(None))).all() == []


@pytest.mark.parametrize("act", ["answer", "refusal"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_does_not_end_before_what_was_joined_meanwhile_is_read(officer, found, act, clock):
    path = enter(officer, "objection", details="Your calls", checked="The company agrees").location
    page = officer.get(f"{path}/answer" if act == "answer" else path).text
    [seen] = set(re.findall(r'name="seen" value="(\d+)"', page))
    clock.advance(minutes=1)
    enter(officer, "objection", details="Your letters", checked="The company agrees")
    answered = {"text": "Done.", "way": "mail", "outcome": "", "ends": ["elsewhere"]}
    fields = answered if act == "answer" else {"refusal-reason": "No"}
    early = send(officer, f"{path}/{act}", path, seen=seen, **fields)
    assert early.status_code == 409
    assert "Another message was joined" in early.text
    assert "Done." in early.text if act == "answer" else "Your letters" in early.text
    assert send(officer, f"{path}/{act}", path, seen=int(seen) + 1, **fields).status_code == 303
    assert State.OPEN not in {each.state for each in found()}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_does_not_begin_before_what_was_joined_meanwhile_is_read(officer, found, clock):
    path = enter(officer, "erasure", details="All of it", checked="The company agrees").location
    page = officer.get(path).text
    form = page.partition(f'action="{path}/erasure"')[2].partition("</form>")[0]
    [seen] = re.findall(r'name="seen" value="(\d+)"', form)
    clock.advance(minutes=1)
    enter(officer, "erasure", details="But keep my invoices", checked="The company agrees")
    early = send(officer, f"{path}/erasure", path, seen=seen, sure="y")
    assert early.status_code == 409
    assert "Another message was joined" in early.text
    assert send(officer, f"{path}/erasure", path, seen=int(seen) + 1, sure="y").status_code == 303


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_account_says_which_request_it_was_joined_to(sign_in_account, clock, found, language):
    client = sign_in_account(language=language)
    ask(client, "objection", language=language, details="Your calls")
    clock.advance(minutes=11)
    ask(client, "objection", language=language, details="Your letters")
    assert sorted(each.state for each in found()) == [State.DUPLICATE, State.OPEN]
    page = client.get(PATHS[language]).text
    joined = {
        "fi": "liitettiin 1.\u00a0kesäkuuta 2026 tehtyyn pyyntöösi: saat vastauksen viimeistään 15.\u00a0kesäkuuta 2026",
        "en": "joined to your request of 1\u00a0June 2026: you get the answer by 15\u00a0June 2026",
    }
    assert joined[language] in page


def test_a_question_that_comes_again_restricts_anew(officer, found, database, other_session):
    with database.session() as session:
        person = make_person(session, EMAIL).id
        session.commit()
    path = enter(officer, "rectification", details="My name", checked="The company agrees").location
    lifted = f"{path}/restriction/end"
    assert send(officer, lifted, path, **{"restriction-reason": "Checked"}).status_code == 303
    enter(officer, "rectification", details="My number", checked="The company agrees")
    with other_session() as session:
        assert session.get_one(Person, person).restricted_at is not None
    assert {each.kind for each in found()} == {Kind.RECTIFICATION}
