"""Answers that go elsewhere: a mailbox that was lost gets nothing any more, and what goes by hand is printed and dated."""

import io
import zipfile

import pytest
from sqlalchemy import select, update

from clevenio.audit import AuditEntry
from clevenio.outbox import Mail, MailState
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.people.restrictions import Restriction
from clevenio.rights.access.models import DataFile
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import Event, State, UnderWay
from tests.rights.handling.test_staff import EMAIL, enter, send
from tests.support.factories import make_person
from tests.support.mailbox import link_in, text_of

POST = "Aino Virtanen\nKatu 1\n40100 Jyväskylä"
BY_POST = {"route-way": "post", "route-post": POST, "route-reason": "The company and the role agree"}
FACTS = {"checked": "The company agrees"}


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def letters(other_session):
    def found():
        with other_session() as session:
            return session.scalars(select(Letter).order_by(Letter.created_at)).all()

    return found


def reroute(officer, path, **fields):
    return send(officer, f"{path}/route", path, **fields)


def is_restricted(database):
    with database.session(write=False) as session:
        return session.scalar(select(Restriction.id)) is not None


def write_day(officer, letter, day="2026-06-01"):
    path = f"/staff/requests/letters/{letter.id}"
    return send(officer, f"{path}/day", path, told_on=day)


STEPS = {
    "answer": ("access", "answer", {"text": "Here it is.", "way": "mail", "outcome": ""}, "Here it is."),
    "refusal": ("access", "refusal", {"refusal-reason": "Not yours"}, "Not yours"),
    "extension": ("access", "extension", {"extension-reason": "Three archives"}, "Three archives"),
    "lifting": ("rectification", "restriction/end", {"restriction-reason": "It was right"}, "It was right"),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_a_letter_that_is_printed_and_dated(officer, letters, mailbox, step, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    kind, act, fields, words = STEPS[step]
    path = enter(officer, kind, **FACTS).location
    assert reroute(officer, path, **BY_POST).status_code == 303
    assert "Katu 1" in officer.get(path).text
    assert send(officer, f"{path}/{act}", path, **fields).status_code == 303
    assert mailbox.all(EMAIL) == []
    [letter] = letters()
    assert letter.title in officer.get("/staff/requests/letters").text
    page = officer.get(f"/staff/requests/letters/{letter.id}").text
    assert words in page
    assert "40100 Jyväskylä" in page
    assert "tietosuoja.fi" in page
    assert write_day(officer, letter).status_code == 303
    [letter] = letters()
    assert (letter.told_on.isoformat(), letter.place, letter.text) == ("2026-06-01", None, None)
    page = officer.get(path).text
    assert "A letter was posted" in page
    assert "1\u00a0June 2026" in page
    assert "Nothing to post or to say" in officer.get("/staff/requests/letters").text


def test_an_erasure_waits_until_its_letter_was_posted(
    officer, letters, acts, found, database, settings, relay
):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "erasure", **FACTS).location
    reroute(officer, path, **BY_POST)
    [request] = found()
    acts.erase(request.id, relay)
    assert acts.request(request.id).state == State.OPEN
    assert "being carried out" in officer.get(path).text.lower()
    [letter] = letters()
    assert "Where we found you is forgotten" in letter.text
    assert EMAIL not in letter.text
    write_day(officer, letter)
    acts.go_on()
    ended = acts.request(request.id)
    assert (ended.state, ended.answer_place) == (State.DONE, None)
    with database.session(write=False) as session:
        assert session.get(UnderWay, request.id) is None
        assert session.scalars(select(Mail).where(Mail.recipient == EMAIL)).all() == []


def test_the_copy_is_enclosed_and_whoever_takes_it_is_in_the_trail(officer, letters, database, other_session):
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino")
        session.commit()
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    send(officer, f"{path}/answer", f"{path}/answer", text="Here.", way="mail", outcome="")
    [letter] = letters()
    assert "The copy of your data is enclosed with this letter." in letter.text
    assert "/d/" not in letter.text
    page = f"/staff/requests/letters/{letter.id}"
    taken = send(officer, f"{page}/file", page)
    with zipfile.ZipFile(io.BytesIO(taken.data)) as file:
        assert "Aino" in file.read("index.html").decode()
    with other_session() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
        assert session.scalars(select(DataFile.fetched_at)).one() is not None
    assert "rights.take_file" in actions
    assert "rights.read_letter" in actions


def test_nothing_goes_to_the_lost_mailbox_and_its_links_end(officer, found, mailbox, client, clock):
    path = enter(officer, "access").location
    send(officer, f"{path}/link", path)
    link = link_in(mailbox.newest(EMAIL), "/q/")
    before = len(mailbox.all(EMAIL))
    assert reroute(officer, path, **BY_POST).status_code == 303
    assert client.post(link).status_code in (404, 410)
    clock.advance(minutes=11)
    refused = send(officer, f"{path}/link", path)
    assert "The answer goes elsewhere" in refused.text
    client.post("/en/rights", data={"kind": "access", "email": EMAIL})
    client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    assert [each.state for each in found()] == [State.UNVERIFIED, State.UNVERIFIED]
    send(officer, f"{path}/refusal", path, **{"refusal-reason": "Nobody could check it"})
    assert [mail["Subject"] for mail in mailbox.all(EMAIL)][before:] == ["Was it you? Confirm your request"]


def test_a_link_read_in_the_lost_mailbox_opens_nothing_there(officer, found, mailbox, client, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    client.post("/en/rights", data={"kind": "portability", "email": EMAIL})
    client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    [request] = [each for each in found() if each.kind == "portability"]
    assert (request.state, request.identity) == (State.UNVERIFIED, None)
    assert (request.answer_way, request.answer_place) == ("post", POST)
    page = f"/staff/requests/{request.id}"
    assert "the answers go elsewhere: compare facts" in officer.get(page).text
    answered = {"text": "Here.", "way": "mail", "outcome": ""}
    assert send(officer, f"{page}/answer", page, **answered).status_code == 409


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_link_opens_as_ever_where_the_answers_came_back_to_the_address(
    officer, found, mailbox, client, database
):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", **FACTS).location
    back = {"route-way": "mail", "route-email": EMAIL, "route-reason": "The mailbox was found"}
    reroute(officer, path, **back)
    client.post("/en/rights", data={"kind": "portability", "email": EMAIL})
    client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    assert [each.state for each in found() if each.kind == "portability"] == [State.OPEN]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_place_that_is_corrected_at_once_is_no_doubled_post(officer, found, other_session):
    path = enter(officer, "access", **FACTS).location
    for post in ("Katu 1", "Katu 11", "Katu 11"):
        assert reroute(officer, path, **{**BY_POST, "route-post": post}).status_code == 303
    assert [each.answer_place for each in found()] == ["Katu 11"]
    with other_session() as session:
        assert len(session.scalars(select(Event).where(Event.act == "rerouted")).all()) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_waits_for_a_letter_that_it_would_take_along(officer, found, letters, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    send(officer, f"{path}/answer", f"{path}/answer", text="Here.", way="mail", outcome="")
    path = enter(officer, "erasure", **FACTS).location
    page = officer.get(path).text
    assert "A letter comes first" in page
    assert f"{path}/erasure" not in page
    refused = send(officer, f"{path}/erasure", path, sure="y")
    assert refused.status_code == 409
    assert "A letter to this person waits to be posted" in refused.text
    [letter] = letters()
    assert "Here." in letter.text
    write_day(officer, letter)
    assert send(officer, f"{path}/erasure", path, sure="y").status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_holds_for_everything_the_person_waits_for(officer, found, mailbox, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", **FACTS).location
    other = enter(officer, "portability", **FACTS).location
    moved = {"route-way": "mail", "route-email": "uusi@example.com", "route-reason": "The role agrees"}
    assert reroute(officer, path, **moved).status_code == 303
    assert {each.answer_to for each in found()} == {"uusi@example.com"}
    send(officer, f"{other}/answer", f"{other}/answer", text="Taken along.", way="mail", outcome="")
    assert "Taken along." in text_of(mailbox.newest("uusi@example.com"))
    assert mailbox.all(EMAIL) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_lifted_after_the_end_is_told_where_the_answers_went(
    officer, found, letters, mailbox, database
):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "restriction", **FACTS).location
    send(officer, f"{path}/restriction", path, ground="claim")
    reroute(officer, path, **BY_POST)
    send(officer, f"{path}/answer", f"{path}/answer", text="Restricted.", way="mail", outcome="")
    assert [each.answer_place for each in found()] == [POST]
    end = f"{path}/restriction/end"
    send(officer, end, path, **{"restriction-reason": "The claim was settled"})
    assert [each.template for each in letters()] == ["answer", "unrestricted"]
    # It is not told before it was posted, and until then nothing is used.
    page = officer.get(path).text
    assert "It is to end" in page
    assert end not in page
    assert [each.answer_place for each in found()] == [POST]
    assert is_restricted(database)
    write_day(officer, letters()[1])
    assert [each.answer_place for each in found()] == [None]
    assert not is_restricted(database)
    assert "The restriction ended; the person was told first" in officer.get(path).text
    assert mailbox.all(EMAIL) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"route-way": "post", "route-reason": "x"}, "Say where"),
        ({"route-way": "mail", "route-reason": "x"}, "Say where"),
        ({**BY_POST, "route-reason": ""}, "Write the reason"),
        ({**BY_POST, "route-reason": "aino@example.com"}, "Leave out e-mail addresses"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_route_needs_its_place_and_how_it_is_known(officer, found, fields, complaint):
    path = enter(officer, "access", **FACTS).location
    answer = reroute(officer, path, **fields)
    assert answer.status_code == 422
    assert complaint in answer.text
    assert [each.answer_way for each in found()] == [None]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_letter_is_dated_once_and_not_before_it_was_written(officer, letters, clock, other_session):
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    send(officer, f"{path}/refusal", path, **{"refusal-reason": "Not yours"})
    [letter] = letters()
    assert write_day(officer, letter, "2026-05-31").status_code == 422
    assert write_day(officer, letter, "2026-06-02").status_code == 422
    assert write_day(officer, letter).status_code == 303
    with other_session() as session:
        posted = session.scalars(select(Event).where(Event.act == "posted")).all()
    assert len(posted) == 1
    clock.advance(minutes=11)
    assert reroute(officer, path, **BY_POST).status_code == 409


def test_the_person_we_know_is_left_as_they_are(officer, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **BY_POST)
    with database.session(write=False) as session:
        assert people.find(session, address(EMAIL)) is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_restriction_that_stands_is_told_of_where_the_rest_goes(officer, found, mailbox, letters, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "restriction", **FACTS).location
    send(officer, f"{path}/restriction", path, ground="claim")
    send(officer, f"{path}/answer", f"{path}/answer", text="Restricted.", way="mail", outcome="")
    before = len(mailbox.all(EMAIL))
    reroute(officer, enter(officer, "access", **FACTS).location, **BY_POST)
    assert {each.answer_place for each in found()} == {POST}
    send(officer, f"{path}/restriction/end", path, **{"restriction-reason": "The claim was settled"})
    assert [each.template for each in letters()] == ["unrestricted"]
    assert len(mailbox.all(EMAIL)) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_shared_mailbox_loses_no_answer_of_another(officer, database, other_session, clock):
    lawyer, paths = "asianajaja@example.com", []
    for email in (EMAIL, "eero@example.com"):
        with database.session() as session:
            make_person(session, email)
            session.commit()
        paths.append(enter(officer, "access", email=email, answer_to=lawyer, **FACTS).location)
        fields = {"extension-reason": "Three archives"}
        send(officer, f"{paths[-1]}/extension", paths[-1], **fields)
    with database.session() as session:
        session.execute(update(Mail).where(Mail.recipient == lawyer).values(state=MailState.PENDING))
        session.commit()
    reroute(officer, paths[0], **BY_POST)
    with other_session() as session:
        mails = session.scalars(select(Mail).where(Mail.recipient == lawyer)).all()
        assert {f"/staff/requests/{each.about}": each.state for each in mails} == {
            paths[0]: MailState.WITHHELD,
            paths[1]: MailState.PENDING,
        }
    assert "was stopped: send it anew" in officer.get(paths[0]).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_letter_that_waits_goes_to_the_new_place(officer, letters):
    path = enter(officer, "access", **FACTS).location
    reroute(officer, path, **{**BY_POST, "route-post": "Katu 1"})
    send(officer, f"{path}/extension", path, **{"extension-reason": "Three archives"})
    reroute(officer, path, **BY_POST)
    assert [each.place for each in letters()] == [POST]
