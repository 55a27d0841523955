"""An opt-out that came by a reply, by phone or by post: two clicks, in force at once, for whoever has the address."""

import json
import re

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.consent import ledger
from clevenio.people import suppression
from tests.support.application import form_token
from tests.support.factories import SUPPRESSION_KEY, grant, make_person

PATH = "/staff/opt-outs"
AINO = "aino.esimerkki@example.fi"


@pytest.fixture
def person(database):
    with database.session() as session:
        made = make_person(session, AINO, phone="+358401234567")
        grant(session, made, "newsletter", "surveys", "mail_opens", "ad_audiences")
        session.commit()
        return made


@pytest.fixture
def record(sign_in_staff):
    """`record("aino@example.fi", came="phone")`: a member of staff presses the button; the answer."""
    client = sign_in_staff("support")

    def press(email=AINO, scope="all", came="phone", phone=""):
        token = form_token(client.get(PATH))
        data = {"email": email, "phone": phone, "scope": scope, "came": came, "csrf_token": token}
        return client.post(PATH, data=data)

    return press


def granted(session, person):
    decided = ledger.decisions_of(session, person.id)
    return {purpose.partition(":")[0] for purpose, state in decided.items() if state == "granted"}


def test_everything_ends_and_the_ledger_says_by_which_door(record, person, other_session, settings):
    for _ in range(2):
        assert record().location == PATH
    with other_session() as session:
        assert granted(session, person) == set()
        assert suppression.is_suppressed(session, person.phone_suppression, suppression.EVERYTHING)
        ended = [row for row in ledger.history(session, person.id) if row.channel == "staff"]
        assert len([row for row in ended if row.purpose == "newsletter"]) == 1
        assert {(row.state, str(row.evidence)) for row in ended} >= {("withdrawn", "{'came': 'phone'}")}
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.opt_out")).all()
    assert {entry.subject for entry in entries} == {subject_hash(settings.suppression_key, person.id)}
    assert AINO not in str([entry.details for entry in entries])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_topic_ends_and_the_others_stay(record, person, other_session):
    record(scope="surveys", came="reply")
    with other_session() as session:
        assert granted(session, person) == {"newsletter", "mail_opens", "ad_audiences"}
        assert suppression.scopes(session, person.email_suppression) == {"surveys"}


@pytest.mark.parametrize(("scope", "stays"), [("ad_audiences:google", "meta"), ("ad_audiences", None)])
def test_audiences_of_one_platform_or_of_all_end(record, person, other_session, scope, stays):
    record(scope=scope)
    with other_session() as session:
        decided = ledger.decisions_of(session, person.id)
        shut = suppression.scopes(session, person.email_suppression)
    assert decided["newsletter"] == "granted"
    assert decided["ad_audiences:google"] == "withdrawn"
    assert (decided["ad_audiences:meta"] == "granted") is bool(stays)
    assert "ad_audiences:google" in shut
    assert ("ad_audiences:meta" in shut) is not bool(stays)
    assert "ad_audiences" not in shut


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("scope", ["all", "newsletter"])
def test_another_spelling_of_the_mailbox_takes_the_consents_back(record, database, other_session, scope):
    with database.session() as session:
        made = make_person(session, "m.virtanen@gmail.com")
        grant(session, made, "newsletter")
        session.commit()
    record("mvirtanen@gmail.com", scope=scope, came="reply")
    with other_session() as session:
        assert granted(session, made) == set()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.opt_out")).one()
    assert entry.subject == subject_hash(SUPPRESSION_KEY, made.id)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_is_looked_up_and_an_unknown_address_stays_out(record, person, other_session, sign_in_staff):
    known, unknown = record(), record("somebody.else+tag@example.com", came="post")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, PATH)
    key = suppression.email_key(SUPPRESSION_KEY, "somebody.else@example.com")
    with other_session() as session:
        assert suppression.is_suppressed(session, key, "newsletter")


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "field"),
    [({"email": "aino@"}, "email"), ({"email": ""}, "email"), ({"scope": "mail_opens\0"}, "scope")],
)
def test_bad_input_comes_back_with_what_was_typed(record, person, other_session, fields, field):
    answer = record(**fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'value="{fields.get("email", AINO)}"' in answer.text
    assert record(came="rumour").status_code == 422
    with other_session() as session:
        assert "newsletter" in granted(session, person)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_enter_in_a_field_says_no_way_and_is_asked_for_one(record, person, other_session):
    answer = record(came="")
    form = answer.text.partition(f'action="{PATH}"')[2]
    assert re.findall(r'<button[^>]* name="came" value="(\w*)"', form) == ["", "reply", "phone", "post"]
    assert (answer.status_code, "Press one of the buttons." in answer.text) == (422, True)
    with other_session() as session:
        assert "newsletter" in granted(session, person)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_about_a_person_has_the_same_three_buttons(sign_in_staff, person, other_session):
    client = sign_in_staff("marketer")
    page = client.get(f"/staff/people/{person.id}?why=signup")
    assert page.text.count('name="came"') == 3
    data = {"email": AINO, "scope": "all", "came": "reply", "csrf_token": form_token(page)}
    assert client.post(PATH, data=data).status_code == 303
    with other_session() as session:
        assert granted(session, person) == set()
    assert 'name="came"' not in client.get(f"/staff/people/{person.id}?why=signup").text


NUMBER = "040 123 4567"


def test_a_number_alone_is_the_word_of_the_one_person_known_by_it(record, person, other_session, settings):
    for _ in range(2):
        assert record(email="", phone=NUMBER).location == PATH
    with other_session() as session:
        assert granted(session, person) == set()
        assert suppression.is_suppressed(session, person.phone_suppression, suppression.EVERYTHING)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.opt_out")).all()
    assert {entry.subject for entry in entries} == {subject_hash(settings.suppression_key, person.id)}
    assert {entry.details["by"] for entry in entries} == {"phone"}
    assert "1234567" not in str([entry.details for entry in entries])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_topic_by_number_leaves_the_others(record, person, other_session):
    record(email="", phone=NUMBER, scope="surveys")
    with other_session() as session:
        assert "surveys" not in granted(session, person)
        assert "newsletter" in granted(session, person)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_number_that_several_share_is_nobodys_word_and_goes_into_no_audience(
    record, person, database, other_session
):
    with database.session() as session:
        other = make_person(session, "eino@example.com", phone="+358401234567")
        grant(session, other, "newsletter")
        session.commit()
    record(email="", phone=NUMBER)
    with other_session() as session:
        assert "newsletter" in granted(session, person)
        assert suppression.is_suppressed(session, person.phone_suppression, suppression.EVERYTHING)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_number_beside_somebody_elses_address_is_not_its_holders_word(record, person, other_session):
    record(email="eino@example.com", phone=NUMBER)
    with other_session() as session:
        assert "newsletter" in granted(session, person)
        assert suppression.is_suppressed(session, person.phone_suppression, suppression.EVERYTHING)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "said"),
    [({"email": ""}, "Give an e-mail address or a phone number."), ({"phone": "abc"}, "phone number")],
)
def test_one_of_both_is_given_and_is_one(record, fields, said):
    answer = record(**fields)
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("email", "is_everything_said"), [("", False), (AINO, True)], ids=["number alone", "with address"]
)
def test_of_a_number_alone_it_is_not_said_that_mail_stops(sign_in_staff, email, is_everything_said):
    client = sign_in_staff("support")
    token = form_token(client.get(PATH))
    data = {"email": email, "phone": "040 765 4321", "scope": "all", "came": "phone", "csrf_token": token}
    page = client.post(PATH, data=data, follow_redirects=True).text
    assert ("The opt-out is in force" in page) is is_everything_said
    assert ("ask for the address" in page) is not is_everything_said


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_afterwards_says_once_for_whom_and_of_what_and_its_cookie_does_not(
    app, sign_in_staff, person, language
):
    client = sign_in_staff("support")
    token = form_token(client.get(PATH))
    data = {"email": "Aino.Esimerkki@example.fi", "phone": NUMBER, "scope": "surveys", "came": "phone"}
    answer = client.post(PATH, data={**data, "csrf_token": token})
    cookie = client.get_cookie("session").decoded_value
    kept = json.dumps(app.session_interface.get_signing_serializer(app).loads(cookie))
    assert '"message"' in kept
    assert "example" not in kept
    assert "401234567" not in kept
    said, topic, way = {
        "fi": ("Kielto on voimassa", "Kyselyt", "Se tuli puhelimitse"),
        "en": ("The opt-out is in force", "Surveys", "It came by phone"),
    }[language]
    shown = client.get(answer.location, headers={"Accept-Language": language}).text
    _before, _found, notice = shown.partition(said)
    notice = notice.partition("<form")[0]
    for each in ("Aino.Esimerkki@example.fi", "+358401234567", topic, way):
        assert f"<dd>{each}</dd>" in notice
    assert said not in client.get(PATH, headers={"Accept-Language": language}).text
