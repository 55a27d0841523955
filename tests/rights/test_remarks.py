"""What staff wrote in their own words: read before an erasure, left where it names nobody, gone where nobody looked."""

import re

import pytest
from sqlalchemy import select

from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights import erasure, remarks, requests, subjects
from clevenio.rights.handling.operations import Came, write_down
from clevenio.rights.models import Channel, Event, Kind, State
from clevenio.rights.recipients.models import Task
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.handling import test_staff as handling
from tests.rights.handling.test_staff import enter, officer, send
from tests.support.factories import NOW, make_person

__all__ = ["officer"]


@pytest.fixture
def written(database):
    """The notes that stand in histories, by act."""

    def look():
        with database.session(write=False) as session:
            query = select(Event.act, Event.note).where(Event.note.is_not(None)).order_by(Event.id)
            return dict(session.execute(query).all())

    return look


@pytest.fixture
def asked(acts, database):
    """A request for erasure of Aino Virtanen, whose earlier request has notes."""

    def make(*notes):
        with database.session() as session:
            make_person(session, EMAIL, first_name="Aino", last_name="Virtanen-Koski")
            session.commit()
        with database.session() as session:
            person = people.find(session, address(EMAIL)).id
        earlier = acts.ask_for("access", person)
        with database.session() as session:
            request = requests.locked(session, earlier)
            for act, text in notes:
                requests.note(session, request, STAFF, act, NOW, text)
            requests.end(session, request, State.REFUSED, STAFF, NOW, "It was asked every week")
            session.commit()
        return acts.ask(person)

    return make


def about(database, settings):
    with database.session(write=False) as session:
        subject = subjects.of_person(session, settings, people.find(session, address(EMAIL)))
        return {each.text: each for each in remarks.about(session, subject)}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("text", "may_name"),
    [
        ("Virtasen pyyntö", True),
        ("kysyi Ainolta", True),
        ("aino called", True),
        ("mr koski", True),
        ("Compared the month of the signup", False),
        ("A villain", False),
    ],
)
def test_a_name_is_seen_in_whatever_case_it_stands(asked, database, settings, text, may_name):
    asked(("checked", text))
    assert about(database, settings)[text].may_name is may_name


@pytest.mark.parametrize("backend", ["sqlite"])
def test_names_that_stand_in_inquiries_and_letters_alone_are_looked_for(database, settings):
    """Whoever is known by an address, and whoever wrote a letter without being known."""
    with database.session() as session:
        message = Message("Satu (Veera) Mäki", address(EMAIL), "How much is it?", None)
        inquiries.send(session, settings, message, "en", NOW)
        letter = Came(
            kinds=(Kind.ERASURE,),
            address=address(EMAIL),
            channel=Channel.POST,
            received_at=NOW,
            language="fi",
            details=None,
            route=None,
            checked="Sadun ja Joen yritys täsmää",
            name="Eeva Joki",
        )
        [asked] = write_down(session, settings, letter, STAFF, NOW)
        session.flush()
        subject = subjects.of_address(session, settings, address(EMAIL))
        assert set(remarks.names_of(session, subject)) == {"Satu", "Veera", "Mäki", "Eeva", "Joki"}
        [remark] = remarks.about(session, subject)
        assert remark.may_name
        erasure.begin(session, settings, asked.id, STAFF, NOW, [remark.id])
        session.commit()
    with database.session(write=False) as session:
        notes = session.scalars(select(Event.note).where(Event.act == "checked")).all()
    assert notes == ["… ja … yritys täsmää"]


def test_what_is_left_stays_without_the_names_and_the_rest_goes(asked, database, settings, written):
    request = asked(("checked", "Aino knew her company"), ("doubted", "Virtanen-Koski wrote from elsewhere"))
    found = about(database, settings)
    left = [found[text].id for text in ("Aino knew her company", "It was asked every week")]
    with database.session() as session:
        erasure.begin(session, settings, request, STAFF, NOW, left)
        session.commit()
    assert written() == {"checked": "… knew her company", "refused": "It was asked every week"}


def test_an_address_with_a_name_in_it_goes_whole(asked, acts, database, settings, written):
    request = asked(("checked", f"Wrote from {EMAIL}, not by phone"))
    with database.session() as session:
        person = people.find(session, address(EMAIL))
        person.first_name = EMAIL.partition("@")[0].partition(".")[0]
        session.commit()
    acts.begin(request, left=[each.id for each in about(database, settings).values()])
    assert written()["checked"] == "Wrote from …, not by phone"


def test_where_nobody_looked_no_note_of_staff_stays(asked, acts, written):
    acts.begin(asked(("checked", "Compared the month of the signup")))
    assert written() == {}


def test_why_a_recipient_was_not_told_goes_like_the_rest_once_the_answer_is_written(
    asked, acts, database, settings, mailbox, relay
):
    request = asked()
    with database.session() as session:
        person = people.find(session, address(EMAIL)).id
        session.add(
            Task(
                subject=person,
                member=person,
                cause="restriction",
                vendor="meta",
                upload=0,
                since=NOW,
                opened_at=NOW,
                closed_at=NOW,
                told_on=NOW.date(),
                result="impossible",
                reason="Virtanen is unknown there",
            )
        )
        session.commit()
    acts.erase(request, relay)
    with database.session(write=False) as session:
        assert session.scalars(select(Task.reason).where(Task.cause == "restriction")).all() == [None]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_officer_reads_each_and_leaves_what_names_nobody(officer, database, written):
    with database.session() as session:
        make_person(session, handling.EMAIL, first_name="Aino", last_name="Virtanen")
        session.commit()
    path = enter(officer, "access", checked="Ainon yritys").location
    send(officer, f"{path}/refusal", path, **{"refusal-reason": "Article 12(5)"})
    path = enter(officer, "erasure", checked="The month of the signup").location
    page = officer.get(path).text
    boxes = re.findall(r'<input[^>]*name="left"[^>]*>', page)
    assert ["checked" in box for box in boxes] == [False, True, True]
    assert page.count("It may name the person.") == 1
    ids = [re.search(r'value="([^"]+)"', box)[1] for box in boxes]
    wrong = send(officer, f"{path}/erasure", path, left=["event:999999"], sure="y")
    assert wrong.status_code == 422
    assert "Tick some of these boxes" in wrong.text
    assert send(officer, f"{path}/erasure", path, left=ids[1:], sure="y").status_code == 303
    assert written() == {"refused": "Article 12(5)", "checked": "The month of the signup"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_form_that_is_shown_again_has_what_was_ticked(officer, database):
    path = enter(officer, "erasure", checked="The month of the signup").location
    again = send(officer, f"{path}/erasure", path)
    assert again.status_code == 422
    [box] = re.findall(r'<input[^>]*name="left"[^>]*>', again.text)
    assert "checked" not in box
