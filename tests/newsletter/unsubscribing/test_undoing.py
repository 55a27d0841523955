"""Leaving by a link is undone within half an hour, unless something was decided since."""

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import operations as people_operations
from clevenio.people import suppression
from clevenio.people.models import Person
from tests.newsletter.unsubscribing.conftest import AUDIENCES, decide, history_of


@pytest.mark.parametrize("scope", ["topic", "all"])
def test_undo_within_half_an_hour_is_a_new_decision(
    client, path, granted, clock, scope, last, other_session, person
):
    before, length = granted(), len(history_of(other_session, person))
    assert 'name="undo"' in client.post(path, data={"scope": scope}).text
    clock.advance(minutes=30)
    page = client.post(path, data={"undo": "1"})
    assert page.status_code == 200
    assert page.text.index("<h1>") < page.text.index('role="status"') < page.text.index("<form")
    assert granted() == before
    assert len(history_of(other_session, person)) > length + 1
    assert (last().channel, last().state) == ("unsubscribe_page", "granted")
    assert last().evidence["undoes"]
    with other_session() as session:
        for purpose in ("newsletter", AUDIENCES):
            assert not suppression.is_suppressed(session, person.email_suppression, purpose)


def test_undo_is_over_after_half_an_hour(client, path, granted, clock):
    client.post(path, data={"scope": "all"})
    clock.advance(minutes=30, seconds=1)
    assert 'name="undo"' not in client.get(path).text
    assert client.post(path, data={"undo": "1"}).status_code == 200
    assert granted() == set()


def test_undo_brings_nothing_back_once_the_person_decided_elsewhere(
    client, path, granted, database, person, clock
):
    client.post(path, data={"scope": "all"})
    for state in (ledger.State.GRANTED, ledger.State.REFUSED):
        decide(database, person, state, "newsletter", now=clock.now)
    assert 'name="undo"' not in client.get(path).text
    client.post(path, data={"undo": "1"})
    assert granted() == set()


@pytest.mark.parametrize("minutes", [0, 5])
@pytest.mark.parametrize(("first", "then"), [("topic", "all"), ("all", "all"), ("topic", "topic")])
def test_an_older_link_undoes_nothing_once_a_later_one_was_used(
    client, path, another_path, granted, clock, other_session, person, first, then, minutes
):
    client.post(path, data={"scope": first})
    clock.advance(minutes=minutes)
    client.post(another_path, data={"scope": then})
    before = granted()
    assert 'name="undo"' not in client.get(path).text
    # Pressing the old button again does not make it the last word.
    client.post(path, data={"scope": first})
    client.post(path, data={"undo": "1"})
    assert granted() == before
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_an_objection_that_staff_wrote_down_later_is_not_undone(
    client, path, granted, database, person, clock, other_session
):
    client.post(path, data={"scope": "topic"})
    with database.session() as session:
        people_operations.withdraw_everything(
            session,
            session.get(Person, person.id),
            channel=ledger.Channel.STAFF,
            notice=account_notice("fi"),
            language="fi",
            now=clock.now,
        )
        session.commit()
    client.post(path, data={"undo": "1"})
    assert granted() == set()
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, suppression.EVERYTHING)


def test_what_an_old_link_took_does_not_ride_on_its_next_use(
    client, path, another_path, granted, database, person, clock
):
    client.post(path, data={"scope": "topic"})
    client.post(another_path, data={"scope": "all"})
    decide(database, person, ledger.State.GRANTED, "trials", now=clock.now)
    clock.advance(minutes=1)
    client.post(path, data={"scope": "all"})
    client.post(path, data={"undo": "1"})
    assert granted() == {"trials"}


def test_leaving_and_undoing_opens_nothing_that_was_shut_before(
    client, path, database, person, clock, other_session
):
    with database.session() as session:
        suppression.suppress(
            session, person.email_suppression, "email", suppression.EVERYTHING, "complaint", clock.now
        )
        session.commit()
    client.post(path, data={"scope": "topic"})
    client.post(path, data={"undo": "1"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_leaving_by_the_same_link_after_coming_back_suppresses_again(
    client, path, database, person, clock, other_session
):
    client.post(path, data={"scope": "topic"})
    decide(database, person, ledger.State.GRANTED, "newsletter", now=clock.now)
    with other_session() as session:
        assert not suppression.is_suppressed(session, person.email_suppression, "newsletter")
    client.post(path, data={"scope": "topic"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_undo_keeps_the_phone_withheld(client, path, other_session, person):
    client.post(path, data={"scope": "all"})
    client.post(path, data={"undo": "1"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.phone_suppression, AUDIENCES)
        assert not suppression.is_suppressed(session, person.email_suppression, AUDIENCES)


def test_a_link_gives_nothing_to_somebody_who_never_left_by_it(client, path, granted, database, person):
    with database.session() as session:
        people_operations.withdraw_everything(
            session,
            session.get(Person, person.id),
            channel=ledger.Channel.ACCOUNT,
            notice=account_notice("fi"),
            language="fi",
            now=person.created_at,
        )
        session.commit()
    client.post(path, data={"undo": "1"})
    assert granted() == set()
