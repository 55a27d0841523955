"""Letters afterwards: a copy whose time is over is made again, what nobody dated is told of, and the form for an ended request."""

import io
import zipfile
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from clevenio.audit import AuditEntry
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import restrictions
from clevenio.people.addresses import address
from clevenio.rights import reminders
from clevenio.rights.access.models import DataFile
from clevenio.rights.models import Submission
from tests.rights.handling.test_routing import BY_POST, FACTS, letters, officer, reroute, write_day
from tests.rights.handling.test_staff import EMAIL, enter, send
from tests.support.factories import NOW, make_person
from tests.support.mailbox import text_of

__all__ = ["letters", "officer"]
BY_PHONE = {**BY_POST, "route-way": "phone", "route-phone": "+358401234567"}
LIST = "/staff/requests/letters"


@pytest.fixture
def known(database):
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino")
        session.commit()


@pytest.fixture
def inquirer(database, settings):
    """Somebody of whom there is an inquiry and nothing else."""
    with database.session() as session:
        message = Message("Aino Virtanen", address(EMAIL), "How much is it?", None)
        inquiries.send(session, settings, message, "en", NOW)
        session.commit()


@pytest.fixture
def answered(officer, known, answer):
    return answer


@pytest.fixture
def answer(officer, letters):
    """The letter that answers a request for access which goes by post, or by phone."""

    def answer(kind="access", route=BY_POST, **fields):
        path = enter(officer, kind, **FACTS).location
        reroute(officer, path, **route)
        answer = {"text": "Here it is.", "way": "mail", "outcome": "", **fields}
        assert send(officer, f"{path}/answer", f"{path}/answer", **answer).status_code == 303
        return letters()[-1]

    return answer


def test_a_copy_whose_three_days_are_over_is_made_again(officer, answered, database, other_session):
    letter = answered()
    page = f"{LIST}/{letter.id}"
    assert "Make the copy of the data" not in officer.get(page).text
    with database.session() as session:
        session.execute(update(DataFile).values(created_at=NOW - timedelta(days=4)))
        session.commit()
    assert "three days are over" in officer.get(page).text
    for _doubled in range(2):
        assert send(officer, f"{page}/copy", page).location == page
    taken = send(officer, f"{page}/file", page)
    with zipfile.ZipFile(io.BytesIO(taken.data)) as file:
        assert "Aino" in file.read("index.html").decode()
    with other_session() as session:
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("rights.make_file") == 1


def addresses_kept(database):
    with database.session(write=False) as session:
        return session.execute(select(Submission.email, Submission.address_key)).all()


def test_a_copy_for_somebody_known_by_an_inquiry_alone_is_made_again_until_it_was_posted(
    officer, inquirer, answer, database
):
    letter = answer()
    page = f"{LIST}/{letter.id}"
    with database.session() as session:
        session.execute(update(DataFile).values(created_at=NOW - timedelta(days=4)))
        session.commit()
    assert "Make the copy of the data" in officer.get(page).text
    assert send(officer, f"{page}/copy", page).status_code == 303
    taken = send(officer, f"{page}/file", page)
    with zipfile.ZipFile(io.BytesIO(taken.data)) as file:
        assert "How much is it?" in file.read("index.html").decode()
    assert addresses_kept(database) == [(EMAIL, EMAIL)]
    write_day(officer, letter)
    assert addresses_kept(database) == [(None, None)]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whose_it_was_is_forgotten_with_the_answer_that_brings_no_copy(officer, inquirer, answer, database):
    answer(outcome="forwarded")
    assert addresses_kept(database) == [(None, None)]


def test_whoever_came_to_be_known_since_gets_the_copy_of_their_letter(officer, database, other_session):
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino")
        session.commit()
    send(officer, f"{path}/answer", f"{path}/answer", text="Here.", way="mail", outcome="")
    page = f"{LIST}/" + officer.get(LIST).text.partition(f'href="{LIST}/')[2].partition('"')[0]
    assert send(officer, f"{page}/file", page).mimetype == "application/zip"
    with other_session() as session:
        assert session.scalars(select(DataFile.fetched_at)).one() is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_answer_by_phone_has_its_copy_too(officer, answered):
    letter = answered(route=BY_PHONE)
    assert "We have made the copy of your data." in letter.text
    page = f"{LIST}/{letter.id}"
    assert "read from it on the phone" in officer.get(page).text
    assert send(officer, f"{page}/file", page).mimetype == "application/zip"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("route", "waits"),
    [(BY_POST, "Done but for the letter"), (BY_PHONE, "Done but for the answer")],
)
def test_the_history_says_that_all_is_done_once_it_was_told(officer, answered, route, waits):
    letter = answered(route=route)
    history = officer.get(f"/staff/requests/{letter.request}").text.partition("History")[2]
    assert waits in history
    assert "The request is done" not in history


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("kind", "fields"), [("restriction", {}), ("access", {"outcome": "forwarded"})])
def test_what_brings_no_copy_has_none_to_make(officer, answered, kind, fields, known):
    if kind == "restriction":
        path = enter(officer, kind, **FACTS).location
        reroute(officer, path, **BY_POST)
        send(officer, f"{path}/restriction", path, ground="claim")
        send(officer, f"{path}/extension", path, **{"extension-reason": "Three archives"})
        listed = officer.get(LIST).text
        page = f"{LIST}/" + listed.partition(f'href="{LIST}/')[2].partition('"')[0]
    else:
        page = f"{LIST}/{answered(kind, **fields).id}"
    assert "Make the copy of the data" not in officer.get(page).text
    assert send(officer, f"{page}/copy", page).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_letter_that_was_posted_has_no_copy_any_more(officer, answered):
    letter = answered()
    page = f"{LIST}/{letter.id}"
    token_page = "/staff/requests/new"
    write_day(officer, letter)
    assert send(officer, f"{page}/copy", token_page).status_code == 403


def test_what_nobody_dated_is_in_the_mail_of_the_next_day_and_on_the_first_page(
    officer, answered, database, settings, other_session
):
    def remind(days):
        with database.session() as session:
            queued = reminders.remind(session, settings, NOW + timedelta(days=days))
            session.commit()
        return queued

    letter = answered()
    assert "1 answer waits to be posted or said." in officer.get("/staff/").text
    assert [remind(days) for days in (0, 1, 1)] == [0, 1, 0]
    with other_session() as session:
        mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert mail.subject == "1 answer about personal data was not posted or said yet."
    assert f"{settings.base_url}{LIST}" in text_of(message_from_bytes(mail.message, policy=policy.default))
    write_day(officer, letter)
    assert remind(2) == 0
    assert "to be posted or said" not in officer.get("/staff/").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_answers_of_an_ended_request_can_go_back_to_its_address(officer, database):
    path = enter(officer, "restriction", **FACTS).location
    send(officer, f"{path}/restriction", path, ground="claim")
    reroute(officer, path, **BY_POST)
    send(officer, f"{path}/answer", f"{path}/answer", text="Restricted.", way="mail", outcome="")
    with database.session(write=False) as session:
        assert people.find(session, address(EMAIL)) is None
        assert restrictions.is_restricted(session, EMAIL)
    assert "By e-mail to the address of the request" in officer.get(path).text
    back = {"route-way": "", "route-reason": "They have their mailbox again"}
    assert reroute(officer, path, **back).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("is_known", [True, False])
def test_the_usage_log_is_offered_where_somebody_may_stand_in_it(officer, database, is_known):
    if is_known:
        with database.session() as session:
            make_person(session, EMAIL)
            session.commit()
    path = enter(officer, "objection", **FACTS).location
    page = officer.get(f"{path}/answer").text
    assert "All direct marketing, by every channel" in page
    assert ("The usage log: it is deleted" in page) is is_known
