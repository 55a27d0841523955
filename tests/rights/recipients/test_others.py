"""Recipients who get rows in another way than by an audience file: told by a text, of all that follows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clevenio import outbox
from clevenio.errors import Missing, Refused
from clevenio.mail import Folder
from clevenio.people.restrictions import Ground
from clevenio.registry import load
from clevenio.rights import restricting
from clevenio.rights.models import Kind
from clevenio.rights.own import operations as own
from clevenio.rights.recipients import closing, others
from clevenio.rights.recipients.models import Result
from clevenio.rights.recipients.texts import letter
from clevenio.rights.recipients.words import line
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.recipients.test_opening import PHONE, correct, facts, sha
from tests.support.factories import NOW


def receiving(declared, **more):
    keeper = {"name": "Keeper", "company": "Keeper Oy", "audience": False, "receives": ("account",)}
    return declared("keeper", {**keeper, "contact": "privacy@keeper.example", **more})


def test_whoever_gets_rows_another_way_is_told_by_a_text(acts, relay, told, declared):
    receiving(declared)
    person = acts.customer()
    acts.erase(acts.ask(person), relay)
    [task] = told()
    assert (task.vendor, task.platform, task.cause) == ("keeper", None, "erasure")
    assert (task.email_hash, task.phone_hash) == (sha(EMAIL), sha(PHONE))


def test_a_recipient_of_another_kind_of_data_is_not_told(acts, relay, told, declared):
    receiving(declared, receives=("memberships",))
    acts.erase(acts.ask(acts.customer()), relay)
    assert told() == []


def test_the_registry_that_ships_names_no_recipient_of_rows():
    assert not any(replace(vendor).receives for vendor in load().vendors.values())


@pytest.fixture
def ask(database, settings):
    """The account's holder asks for something."""

    def act(person, *kinds, now=NOW):
        with database.session() as session:
            found = own.ask(session, settings, person, [Kind(kind) for kind in kinds], None, "en", now)
            session.commit()
        return found[0].id

    return act


@pytest.fixture
def close(database, settings):
    def act(task, now=NOW):
        with database.session() as session:
            closing.close(session, settings, task.id, Result.TOLD, now.date(), None, STAFF, now)
            session.commit()

    return act


@pytest.fixture
def by_hand(database, settings):
    def act(request, vendor="linkedin"):
        with database.session() as session:
            others.by_hand(session, settings, request, vendor, STAFF, NOW)
            session.commit()

    return act


def lift(database, settings, request, now=NOW):
    with database.session() as session:
        restricting.lift(session, settings, request, "The claim was settled", STAFF, now)
        session.commit()
    outbox.deliver_due(database, Folder(settings.data / "mail"), lambda: now)
    restricting.go_on(settings, database, now)


@pytest.mark.parametrize("kind", ["objection", "rectification"])
def test_a_restriction_that_comes_by_itself_is_told_too(acts, ask, told, declared, kind):
    receiving(declared)
    request = ask(acts.customer(), kind)
    assert [(task.vendor, task.cause, task.request) for task in told()] == [
        ("keeper", "restriction", request)
    ]


def test_whoever_was_told_of_a_restriction_is_told_that_it_ended(
    acts, ask, told, close, declared, database, settings
):
    vendor = receiving(declared).vendors["keeper"]
    request = ask(acts.customer(), "objection")
    close(told()[0])
    later = NOW + timedelta(days=20)
    lift(database, settings, request, later)
    _, task = told()
    assert (task.cause, task.due, task.email_hash) == (
        "release",
        (later + timedelta(days=14)).date(),
        sha(EMAIL),
    )
    assert "The restriction that we wrote about has ended." in letter(settings, vendor, task, ()).text


def test_whoever_was_not_told_of_a_restriction_is_told_nothing_once_it_ended(
    acts, ask, told, hand_out, catch_up, declared, database, settings
):
    receiving(declared)
    person = acts.customer()
    hand_out("google")
    request = ask(person, "objection")
    catch_up()
    assert sorted(facts(told())) == [("google", "restriction"), ("keeper", "restriction")]
    lift(database, settings, request)
    assert told() == []


def test_data_that_is_restricted_on_another_ground_stays_restricted_for_the_others(
    acts, ask, told, close, declared, database, settings
):
    receiving(declared)
    person = acts.customer()
    request = ask(person, "objection")
    close(told()[0])
    claim = acts.ask_for("restriction", person)
    with database.session() as session:
        restricting.restrict(session, settings, claim, Ground.CLAIM, STAFF, NOW)
        session.commit()
    lift(database, settings, request)
    assert {task.cause for task in told()} == {"restriction"}


def test_what_was_done_at_once_is_told_after_days_without_a_run(acts, ask, told, catch_up, declared):
    receiving(declared)
    ask(acts.customer(), "direct_marketing")
    assert told() == []
    for _ in range(2):
        catch_up(NOW + timedelta(days=10))
        assert [(task.vendor, task.cause) for task in told()] == [("keeper", "withdrawal")]


def test_a_refusal_and_a_withdrawal_of_one_message_are_told_once(acts, ask, told, close, catch_up, declared):
    receiving(declared)
    person = acts.customer()
    ask(person, "direct_marketing", "withdrawal")
    catch_up(NOW + timedelta(hours=1))
    [task] = told()
    close(task, NOW + timedelta(hours=2))
    catch_up(NOW + timedelta(hours=3))
    assert [each.id for each in told()] == [task.id]


def test_an_erasure_takes_over_what_was_still_to_be_said(acts, relay, told, declared, database, settings):
    receiving(declared)
    person = acts.customer()
    correct(acts, database, settings, person, "phone", "+358409999999")
    assert [task.cause for task in told()] == ["rectification"]
    request = acts.ask(person)
    acts.erase(request, relay)
    assert [(task.cause, task.request) for task in told()] == [("erasure", request)]


def test_what_leads_to_somebody_goes_in_time_though_nobody_was_told(acts, relay, told, declared):
    receiving(declared)
    acts.erase(acts.ask(acts.customer()), relay)
    acts.let_go(NOW + timedelta(days=80))
    assert told()[0].email_hash == sha(EMAIL)
    acts.let_go(NOW + timedelta(days=95))
    [task] = told()
    assert (task.email_hash, task.phone_hash, task.closed_at) == (None, None, None)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_person_reads_no_promise_that_has_been_broken(acts, relay, told, declared):
    receiving(declared)
    acts.erase(acts.ask(acts.customer()), relay)
    [task] = told()
    in_time, late = (line(task, NOW + timedelta(days=days)).replace("\u00a0", " ") for days in (14, 15))
    assert in_time == "Keeper, Keeper Oy: will be told by 15 June 2026 at the latest"
    assert late == "Keeper, Keeper Oy: is still to be told, which was due by 15 June 2026"


def test_staff_name_a_recipient_who_is_told_of_this_and_of_whatever_follows(acts, relay, told, by_hand):
    person = acts.customer()
    first, second = acts.ask_for("objection", person), acts.ask(person)
    by_hand(first)
    [task] = told()
    assert (task.vendor, task.cause, task.email_hash, task.phone_hash) == (
        "linkedin",
        "restriction",
        sha(EMAIL),
        sha(PHONE),
    )
    acts.erase(second, relay)
    assert [(task.vendor, task.cause, task.request) for task in told()] == [("linkedin", "erasure", second)]


@pytest.mark.parametrize("kind", ["access", "rectification"])
def test_nobody_is_named_for_what_changes_nothing_yet(acts, told, by_hand, kind):
    request = acts.ask_for(kind, acts.customer())
    with pytest.raises(Refused):
        by_hand(request)
    assert told() == []


def test_who_is_named_twice_or_is_not_in_the_registry_is_refused(acts, told, by_hand):
    request = acts.ask(acts.customer())
    by_hand(request)
    with pytest.raises(Refused, match="to be told already"):
        by_hand(request)
    with pytest.raises(Missing):
        by_hand(request, "nobody")
    assert len(told()) == 1


def test_a_named_recipient_of_a_correction_hears_what_was_corrected(acts, told, by_hand, database, settings):
    request = correct(acts, database, settings, acts.customer(), "company", "Toinen Oy")
    by_hand(request)
    assert [(task.vendor, task.cause, task.field) for task in told()] == [
        ("linkedin", "rectification", "company")
    ]
