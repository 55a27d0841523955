"""Whoever calls or writes without an e-mail address: written down, under the same clocks, answered by hand."""

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import State, Submission
from tests.rights.handling.test_staff import EMAIL, NEW, send
from tests.support.factories import SUPPRESSION_KEY, grant, make_person
from tests.support.mailbox import text_of

NUMBER = "+358401234567"
POST = "Katu 1\n40100 Jyväskylä"


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def letters(other_session):
    def found():
        with other_session() as session:
            return session.scalars(select(Letter)).all()

    return found


def enter(client, *kinds, **fields):
    typed = {"email": "", "channel": "phone", "language": "en", **fields}
    return send(client, NEW, NEW, kind=list(kinds), **typed)


@pytest.mark.parametrize(
    ("who", "way", "place"),
    [
        ({"phone": "040 123 4567", "name": "Aino Virtanen"}, "phone", NUMBER),
        ({"post": POST, "name": "Aino Virtanen"}, "post", f"Aino Virtanen\n{POST}"),
        ({"post": POST, "phone": NUMBER, "answer_way": "phone"}, "phone", NUMBER),
    ],
)
def test_a_number_or_a_postal_address_is_enough(
    officer, found, letters, mailbox, who, way, place, other_session
):
    path = enter(officer, "access", received_on="2026-05-30", checked="Nobody we know", **who).location
    [request] = found()
    assert (request.state, request.answer_way, request.answer_place) == (State.OPEN, way, place)
    assert request.promised.isoformat() == "2026-06-13"
    assert path in officer.get("/staff/requests").text
    page = officer.get(path).text
    assert all(line in page for line in place.splitlines())
    send(officer, f"{path}/answer", f"{path}/answer", text="We hold nothing.", way="mail", outcome="")
    [letter] = letters()
    assert (letter.way, letter.place) == (way, place)
    assert "We hold nothing." in officer.get(f"/staff/requests/letters/{letter.id}").text
    assert mailbox.all() == []
    with other_session() as session:
        [written] = session.scalars(select(Submission)).all()
        assert (written.name, written.phone, written.post) == (None, None, None)


@pytest.mark.parametrize("kind", ["erasure", "restriction", "rectification", "objection", "portability"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_kind_of_somebody_unknown_comes_to_its_answer(officer, found, letters, kind):
    path = enter(officer, kind, phone=NUMBER, checked="Nobody we know").location
    assert f"{path}/answer" in officer.get(path).text
    answer = {"text": "We hold nothing.", "way": "mail", "outcome": ""}
    assert send(officer, f"{path}/answer", f"{path}/answer", **answer).status_code == 303
    assert [each.state for each in found()] == [State.DONE]
    assert len(letters()) == 1


def test_who_is_known_by_the_number_alone_is_found_by_it(officer, found, database, letters, mailbox):
    with database.session() as session:
        person = make_person(session, EMAIL, phone=NUMBER, first_name="Aino").id
        session.commit()
    path = enter(officer, "access", phone=NUMBER, checked="The company agrees").location
    assert [each.subject for each in found()] == [person]
    assert EMAIL in officer.get(path).text
    send(officer, f"{path}/answer", f"{path}/answer", text="Come and see.", way="mail", outcome="")
    assert [each.way for each in letters()] == ["phone"]
    assert mailbox.all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_shares_a_number_is_not_taken_for_another(officer, found, database):
    with database.session() as session:
        known = {make_person(session, f"{name}@example.com", phone=NUMBER).id for name in ("a", "b")}
        session.commit()
    enter(officer, "access", phone=NUMBER, checked="The company agrees")
    assert not known & {each.subject for each in found()}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_asking_again_by_the_same_number_is_joined(officer, found, clock):
    who = {"name": "Aino Virtanen", "checked": "Nobody we know"}
    enter(officer, "access", phone=NUMBER, details="All", **who)
    clock.advance(minutes=1)
    again = {**who, "name": "aino  virtanen"}
    enter(officer, "access", phone="0401234567", details="The calls, too", **again)
    first, second = sorted(found(), key=lambda each: each.recorded_at)
    assert second.joined_to == first.id


@pytest.mark.parametrize("names", [("Aino Virtanen", "Eero Mäki"), ("", "")])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_two_callers_from_one_switchboard_stay_two(officer, found, clock, names):
    for name in names:
        enter(officer, "access", phone=NUMBER, name=name, details=f"I am {name}", checked="Nobody we know")
        clock.advance(minutes=1)
    assert len({each.subject for each in found()}) == 2
    assert [each.joined_to for each in found()] == [None, None]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_several_who_are_known_by_a_number_a_name_makes_none_the_other(officer, found, database, clock):
    with database.session() as session:
        for name in ("a", "b"):
            make_person(session, f"{name}@example.com", phone=NUMBER)
        session.commit()
    for _each in range(2):
        enter(officer, "access", phone=NUMBER, name="Aino Virtanen", checked="The company agrees")
        clock.advance(minutes=1)
    assert len({each.subject for each in found()}) == 2


@pytest.mark.parametrize(("kind", "scope"), [("direct_marketing", "all"), ("withdrawal", "newsletter")])
def test_an_opt_out_by_number_alone_holds_for_whoever_has_it(officer, found, database, letters, kind, scope):
    with database.session() as session:
        both = [make_person(session, f"{name}@example.com", phone=NUMBER) for name in ("a", "b")]
        for person in both:
            grant(session, person, "newsletter", "ad_audiences")
        session.commit()
        numbers = [person.id for person in both]
    enter(officer, kind, phone="040 1234567")
    assert [each.state for each in found()] == [State.DONE]
    key = suppression.phone_key(SUPPRESSION_KEY, NUMBER)
    with database.session(write=False) as session:
        assert scope in suppression.scopes(session, key)
        assert suppression.is_suppressed(session, key, "ad_audiences:google")
        # Several people have it, so whose word it is nobody knows: their mail goes on.
        assert all(ledger.permits(session, each, "newsletter").allowed for each in numbers)
    [letter] = letters()
    assert "phone number" in letter.text


def test_where_one_person_has_the_number_everything_ends(officer, found, database):
    with database.session() as session:
        person = make_person(session, EMAIL, phone=NUMBER)
        grant(session, person, "newsletter", "ad_audiences")
        session.commit()
        number = person.id
    enter(officer, "direct_marketing", phone=NUMBER)
    with database.session(write=False) as session:
        assert ledger.State.GRANTED not in ledger.decisions_of(session, number).values()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_opt_out_by_letter_alone_waits_for_somebody_who_finds_out(officer, found, letters):
    path = enter(officer, "direct_marketing", post=POST, name="Aino Virtanen", channel="post").location
    assert [each.state for each in found()] == [State.OPEN]
    answer = {"text": "We know nobody of that name.", "way": "mail", "outcome": ""}
    assert send(officer, f"{path}/answer", f"{path}/answer", **answer).status_code == 303
    assert [each.way for each in letters()] == ["post"]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", ["direct_marketing", "withdrawal"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_staff_do_at_once_is_answered_with_where_to_complain(officer, mailbox, kind, language):
    enter(officer, kind, email=EMAIL, language=language)
    text = text_of(mailbox.newest(EMAIL))
    assert {"fi": "1.\u00a0kesäkuuta 2026", "en": "1\u00a0June 2026"}[language] in text.replace("\n", " ")
    assert "tietosuoja.fi" in text


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Give an e-mail address, a phone number or a postal address."),
        ({"phone": NUMBER, "answer_way": "post"}, "Give the postal address."),
        ({"post": POST, "answer_way": "phone"}, "Give the phone number."),
        ({"phone": "12"}, "This phone number is not complete."),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_somewhere_has_to_be_an_answer_to_go(officer, found, fields, complaint):
    answer = enter(officer, "access", **fields)
    assert answer.status_code == 422
    assert complaint in answer.text
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_ends_what_the_person_asked_by_phone(officer, found, database, acts, clock):
    with database.session() as session:
        make_person(session, EMAIL, phone=NUMBER)
        session.commit()
    enter(officer, "restriction", phone=NUMBER, checked="The company agrees")
    enter(officer, "erasure", email=EMAIL, checked="The company agrees")
    [erasure] = [each for each in found() if each.kind == "erasure"]
    acts.begin(erasure.id, clock())
    assert {each.kind: each.state for each in found()} == {
        "erasure": State.OPEN,
        "restriction": State.DUPLICATE,
    }


def test_a_number_that_came_with_an_address_ends_nothing_of_somebody_else(officer, database):
    with database.session() as session:
        other = make_person(session, "eero@example.com", phone=NUMBER)
        grant(session, other, "newsletter")
        session.commit()
        number = other.id
    enter(officer, "direct_marketing", email=EMAIL, phone=NUMBER)
    with database.session(write=False) as session:
        assert ledger.permits(session, number, "newsletter").allowed
        key = suppression.phone_key(SUPPRESSION_KEY, NUMBER)
        assert suppression.is_suppressed(session, key, suppression.EVERYTHING)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("first", ["Aino Virtanen", "Virtanen, Aino", "aino virtanen"])
def test_a_name_that_stands_in_the_postal_address_is_not_said_twice(officer, found, first):
    path = enter(officer, "access", post=f"{first}\n{POST}", name="Aino Virtanen", channel="post").location
    assert found()[0].answer_place == f"{first}\n{POST}"
    page = officer.get(path).text
    whose = page.partition("Whose data")[2].partition("<dd>")[2].partition("</dd>")[0]
    assert whose == f"{first}, Katu 1, 40100 Jyväskylä"
