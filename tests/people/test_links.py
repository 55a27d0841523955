"""Mailed links: what opens them, for how long, and how often."""

from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.errors import BadToken
from clevenio.handles import new_handle
from clevenio.people import links
from clevenio.people.links import LIFETIME
from clevenio.people.models import Link, Person
from clevenio.signing import Signer
from tests.support.factories import NOW, make_person
from tests.support.retention import let_go

KEYS = ("a-key-that-only-tests-use-0123456789",)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.mark.parametrize("purpose", LIFETIME)
def test_a_link_carries_a_handle_and_opens_what_it_was_made_for(session, purpose):
    token = links.make(session, KEYS, purpose, NOW, data={"topic": "newsletter"})
    assert len(token) == 64
    assert links.find(session, KEYS, purpose, token, NOW).data == {"topic": "newsletter"}


@pytest.mark.parametrize("purpose", LIFETIME)
def test_a_link_of_another_purpose_opens_nothing(session, purpose):
    token = links.make(session, KEYS, purpose, NOW)
    for other in LIFETIME.keys() - {purpose}:
        with pytest.raises(BadToken):
            links.find(session, KEYS, other, token, NOW)


@pytest.mark.parametrize(("purpose", "lifetime"), LIFETIME.items())
def test_a_link_lasts_as_long_as_its_purpose(session, purpose, lifetime):
    token = links.make(session, KEYS, purpose, NOW)
    if lifetime is None:
        assert links.find(session, KEYS, purpose, token, NOW + timedelta(days=10_000))
        return
    assert links.find(session, KEYS, purpose, token, NOW + lifetime - timedelta(seconds=1))
    with pytest.raises(BadToken):
        links.find(session, KEYS, purpose, token, NOW + lifetime)


def test_a_link_works_after_the_keys_were_rotated_and_not_with_others(session):
    token = links.make(session, KEYS, "confirm", NOW)
    assert links.find(session, ("a-newer-key-of-at-least-32-characters", *KEYS), "confirm", token, NOW)
    with pytest.raises(BadToken):
        links.find(session, ("a-newer-key-of-at-least-32-characters",), "confirm", token, NOW)


def test_a_link_whose_row_is_gone_opens_nothing(session):
    token = links.make(session, KEYS, "confirm", NOW)
    session.rollback()
    with pytest.raises(BadToken):
        links.find(session, KEYS, "confirm", token, NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 64, "ä" * 64, "\x00"])
def test_what_was_never_signed_opens_nothing(session, token):
    with pytest.raises(BadToken):
        links.find(session, KEYS, "confirm", token, NOW)


def test_a_link_is_used_up_once(session):
    link = links.find(session, KEYS, "confirm", links.make(session, KEYS, "confirm", NOW), NOW)
    links.consume(session, link, NOW)
    with pytest.raises(BadToken):
        links.consume(session, link, NOW)


def test_links_for_many_are_the_same_as_one_by_one(session):
    people = {make_person(session).id for _ in range(3)}
    session.flush()
    links.make_for(session, "unsubscribe", NOW, select(new_handle(), Person.id), {"topic": "newsletter"})
    handles = list(session.scalars(select(Link.handle)))
    # 15 bytes each, of the alphabet of links, and no two alike.
    assert [len(urlsafe_b64decode(handle)) for handle in set(handles)] == [15, 15, 15]
    tokens = [Signer(KEYS, "unsubscribe").sign(handle) for handle in handles]
    found = [links.find(session, KEYS, "unsubscribe", token, NOW) for token in tokens]
    assert {link.person for link in found} == people
    assert {(link.purpose, str(link.data), link.expires_at, link.used_at) for link in found} == {
        ("unsubscribe", "{'topic': 'newsletter'}", None, None)
    }


def left(session, now):
    """The purposes of the links that are there once the tick has run."""
    let_go(session, links.SWEEPS, now)
    return sorted(session.scalars(select(Link.purpose)))


def test_a_link_is_forgotten_when_it_has_expired_and_a_way_out_never(session):
    for purpose in LIFETIME:
        links.make(session, KEYS, purpose, NOW, data={"email": "aino@example.fi"})
    week = LIFETIME["verify"]
    assert left(session, NOW + week - timedelta(seconds=1)) == ["confirm", "invite", "unsubscribe", "verify"]
    # What waits to be confirmed has its own period, which another tick holds.
    assert left(session, NOW + week) == ["confirm", "unsubscribe"]
    assert left(session, NOW + timedelta(days=4000)) == ["confirm", "unsubscribe"]


@pytest.mark.parametrize("purpose", ["confirm", "verify"])
def test_a_used_link_stays_until_it_expires(session, purpose):
    token = links.make(session, KEYS, purpose, NOW)
    links.consume(session, links.find(session, KEYS, purpose, token, NOW), NOW)
    assert left(session, NOW + LIFETIME[purpose] - timedelta(seconds=1)) == [purpose]
    assert links.find(session, KEYS, purpose, token, NOW).used_at == NOW
    assert left(session, NOW + LIFETIME[purpose]) == []


def test_a_link_of_somebody_whose_data_is_restricted_stays(session):
    person = make_person(session)
    for whose in (person, make_person(session)):
        links.make(session, KEYS, "reset", NOW, person=whose.id)
    person.restricted_at = NOW
    session.flush()
    let_go(session, links.SWEEPS, NOW + timedelta(days=1))
    assert list(session.scalars(select(Link.person))) == [person.id]


def test_the_tick_forgets_by_the_clock(app, database, clock):
    with database.session() as session:
        links.make(session, KEYS, "reset", clock.now)
        session.commit()
    clock.advance(hours=1)
    app.extensions["clevenio"].jobs.run("retention")
    with database.session() as session:
        assert session.scalars(select(Link)).all() == []
