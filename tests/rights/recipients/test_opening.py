"""A task for every recipient: by erasure, correction, restriction and withdrawal, once each."""

from datetime import timedelta
from hashlib import sha256

import pytest

from clevenio.consent import ledger
from clevenio.consent.ledger import State as Decision
from clevenio.consent.notices import import_notice
from clevenio.errors import Refused
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.people.restrictions import Ground
from clevenio.rights import rectifying, restricting
from clevenio.rights.models import State
from clevenio.rights.recipients import closing
from clevenio.rights.rectifying import Wanted
from clevenio.rights.retention import expiry
from tests.rights.conftest import EMAIL, STAFF
from tests.support.factories import NOW, grant, make_person

PHONE = "+358401234567"


def sha(text):
    return sha256(text.encode()).hexdigest()


def facts(tasks):
    return [(task.platform or task.vendor, task.cause) for task in tasks]


def test_an_erasure_goes_ahead_and_the_file_takes_the_person_out_afterwards(
    acts, relay, hand_out, told, database, settings
):
    person = acts.customer()
    hand_out("google")
    hand_out("meta")
    request = acts.ask(person)
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE
    assert acts.person() is None
    assert facts(told()) == [("google", "erasure"), ("meta", "erasure")]
    assert {task.request for task in told()} == {request}
    [google], [meta] = hand_out("google", removal=True), hand_out("meta", removal=True)
    assert (google["Email"], google["Phone"]) == (sha(EMAIL), sha(PHONE))
    assert (google["First Name"], google["Zip"], google["Country"]) == ("", "", "")
    assert (meta["email"], meta["phone"]) == (sha(EMAIL), sha(PHONE[1:]))
    # Not one byte of the address is left, in clear.
    for path in settings.data.rglob("*"):
        if path.is_file() and "mail" not in path.parts:
            assert EMAIL.encode() not in path.read_bytes(), path


def test_who_was_in_no_file_opens_nothing(acts, relay, hand_out, told, leavers):
    acts.customer("kaarlo@example.com")
    hand_out("google")
    acts.erase(acts.ask(acts.customer()), relay)
    assert (told(), leavers()) == ([], [])


def test_a_list_of_companies_keeps_nothing_and_is_told_all_the_same(
    acts, relay, hand_out, told, leavers, database
):
    with database.session() as session:
        made = {"website_domain": "esimerkki.example", "company": "Esimerkki Oy", "role": "sales"}
        person = make_person(session, EMAIL, **made)
        ledger.record(
            session,
            person.id,
            {"ad_audiences:linkedin": ledger.State.GRANTED},
            channel=ledger.Channel.IMPORT,
            language="en",
            notice=import_notice("We may share these.", "a fair", "en", ("company",)),
            now=NOW,
            basis=ledger.Basis.CONSENT,
        )
        session.commit()
    hand_out("linkedin-companies")
    acts.erase(acts.ask(person.id), relay)
    assert facts(told()) == [("linkedin-companies", "erasure")]
    assert leavers() == []


def test_an_audience_file_that_is_being_made_is_waited_for(acts, hand_out):
    person = acts.customer()
    request = acts.ask(person)
    acts.customer("kaarlo@example.com")
    hand_out("google", finish=False)
    with pytest.raises(Refused):
        acts.begin(request)
    assert acts.person().email == EMAIL


def test_a_withdrawal_by_any_door_is_found_once(acts, hand_out, told, withdraw, catch_up):
    person = acts.customer()
    acts.customer("kaarlo@example.com")
    hand_out("google")
    hand_out("meta")
    assert catch_up() == 0
    withdraw(person, "ad_audiences:google")
    assert catch_up() == 1
    assert catch_up() == 0
    assert facts(told()) == [("google", "withdrawal")]
    assert told()[0].request is None
    assert told()[0].due == (NOW + timedelta(days=14)).date()


def test_who_came_back_and_left_again_is_told_again(acts, hand_out, told, withdraw, catch_up):
    person = acts.customer()
    hand_out("google")
    withdraw(person, "ad_audiences:google")
    catch_up()
    withdraw(person, "ad_audiences:google", Decision.GRANTED)
    hand_out("google")
    assert catch_up() == 0
    withdraw(person, "ad_audiences:google")
    assert catch_up() == 1
    # Of the first time nothing is left to be said: they were back in before a file could take them out.
    assert [task.upload for task in told()] == [2]


def test_who_agrees_again_before_a_file_was_made_is_not_told_of(acts, hand_out, told, withdraw, catch_up):
    person = acts.customer()
    acts.customer("kaarlo@example.com")
    for platform in ("google", "meta"):
        hand_out(platform)
        withdraw(person, f"ad_audiences:{platform}")
    catch_up()
    hand_out("meta", removal=True)
    for platform in ("google", "meta"):
        withdraw(person, f"ad_audiences:{platform}", Decision.GRANTED)
    catch_up()
    # Meta may have the file that takes them out: the day it was uploaded is still to be said.
    assert facts(told()) == [("meta", "withdrawal")]


def test_an_erasure_takes_over_what_a_withdrawal_opened(
    acts, relay, hand_out, told, withdraw, catch_up, leavers
):
    person = acts.customer()
    hand_out("google")
    withdraw(person, "ad_audiences:google")
    catch_up()
    request = acts.ask(person)
    acts.erase(request, relay)
    assert facts(told()) == [("google", "erasure")]
    assert [each.platform for each in leavers()] == ["google"]


def erase_by_rule(database, settings, person):
    with database.session() as session:
        expiry.erase(session, settings, session.get_one(Person, person), NOW)
        session.commit()


def test_who_goes_by_a_rule_of_retention_is_taken_out_too(acts, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    erase_by_rule(database, settings, person)
    assert facts(told()) == [("google", "erasure")]
    assert [(row["Email"], row["Phone"]) for row in hand_out("google", removal=True)] == [
        (sha(EMAIL), sha(PHONE))
    ]


def test_an_identifier_of_somebody_who_stays_is_not_taken_out(acts, hand_out, database, settings):
    person = acts.customer()
    hand_out("google")
    acts.customer("kaarlo@example.com")  # with the same phone
    erase_by_rule(database, settings, person)
    assert [(row["Email"], row["Phone"]) for row in hand_out("google", removal=True)] == [(sha(EMAIL), "")]


def test_who_comes_back_and_agrees_again_is_not_taken_out(acts, hand_out, database, settings):
    person = acts.customer()
    hand_out("google")
    erase_by_rule(database, settings, person)
    assert len(hand_out("google", removal=True)) == 1
    with database.session() as session:
        again = make_person(session, EMAIL)
        grant(session, again, "ad_audiences")
        session.commit()
    # The mailbox has agreed again; the number that went with it before has not.
    [row] = hand_out("google", removal=True)
    assert (row["Email"], row["Phone"]) == ("", sha(PHONE))
    set_phone(database, settings, again.id, PHONE)
    assert hand_out("google", removal=True) == []


def correct(acts, database, settings, person, field, value):
    request = acts.ask_for("rectification", person)
    with database.session() as session:
        wanted = Wanted(field=field, value=value, source="the person", effect=None)
        rectifying.rectify(session, settings, request, wanted, STAFF, NOW)
        session.commit()
    return request


def test_a_wrong_number_that_was_sent_is_in_the_removal_file_and_its_holder_is_not(
    acts, hand_out, told, database, settings
):
    person = acts.customer()
    hand_out("google")
    request = correct(acts, database, settings, person, "phone", "+358409999999")
    assert [(each.platform, each.cause, each.field, each.request) for each in told()] == [
        ("google", "rectification", "phone", request)
    ]
    [row] = [row for row in hand_out("google", removal=True) if row["Phone"] == sha(PHONE)]
    assert row["Email"] == ""


def test_a_wrong_role_is_told_where_a_file_has_titles(acts, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    hand_out("linkedin-contacts")
    request = correct(acts, database, settings, person, "role", "Marketing")
    assert [(each.platform, each.field, each.request) for each in told()] == [
        ("linkedin-contacts", "role", request)
    ]


def test_an_erasure_takes_over_what_was_to_be_corrected(acts, relay, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    correct(acts, database, settings, person, "phone", "+358407654321")
    [task] = told()
    request = acts.ask(person)
    acts.erase(request, relay)
    assert facts(told()) == [("google", "erasure"), ("google", "erasure")]
    assert {(each.request, each.field) for each in told()} == {(request, None)}
    # The wrong number comes out of the platform as well as the right one would, and one day closes both.
    out = hand_out("google", removal=True)
    assert sha(PHONE) in {row["Phone"] for row in out}
    with database.session() as session:
        assert closing.close_file(session, settings, "google", NOW.date(), STAFF, NOW) == 2
        session.commit()
    assert {each.told_on for each in told()} == {NOW.date()}
    assert task.id in {each.id for each in told()}


def test_a_fact_that_no_platform_has_a_column_for_opens_nothing(acts, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    correct(acts, database, settings, person, "company", "Toinen Oy")
    assert told() == []


def test_a_number_that_was_never_sent_is_no_platforms_to_correct(acts, hand_out, told, database, settings):
    person = acts.customer()
    set_phone(database, settings, person, None)
    hand_out("google")
    set_phone(database, settings, person, PHONE)
    correct(acts, database, settings, person, "phone", "+358409999999")
    assert told() == []


def set_phone(database, settings, person, phone, now=NOW):
    with database.session() as session:
        people.change(settings.suppression_key, session.get_one(Person, person), {"phone": phone}, now)
        session.commit()


def test_correcting_what_is_right_tells_nobody(acts, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    correct(acts, database, settings, person, "phone", PHONE)
    assert told() == []


def test_a_restriction_is_told_in_the_transaction_that_brings_it(acts, hand_out, told, database, settings):
    person = acts.customer()
    hand_out("google")
    request = acts.ask_for("restriction", person)
    with database.session() as session:
        restricting.restrict(session, settings, request, Ground.CLAIM, STAFF, NOW)
        session.commit()
    assert facts(told()) == [("google", "restriction")]
    assert told()[0].request == request
