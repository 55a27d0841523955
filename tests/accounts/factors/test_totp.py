"""Codes of an app: each works once, for its owner, near its moment."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select

from clevenio.accounts.factors import sealing, totp
from clevenio.accounts.factors.models import TotpFactor
from tests.support.factories import NOW
from tests.support.retention import let_go

KEYS = ("a" * 32,)
MEMBER, OTHER = uuid4(), uuid4()
# Hashes of login sessions.
HERE, ELSEWHERE = "a" * 64, "b" * 64


def set_up(session, member=MEMBER, keys=KEYS):
    """An app in force; its secret. The code of the step before is used up by that."""
    secret = totp.begin(session, keys, member, HERE, NOW)
    assert totp.confirm(session, keys, member, HERE, code(secret, -30), NOW)
    return secret


def code(secret, seconds=0):
    return pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))


@pytest.fixture
def secret(database):
    with database.session() as session:
        made = set_up(session)
        session.commit()
        return made


@pytest.fixture
def verify(database):
    def ask(typed, member=MEMBER, keys=KEYS, now=NOW):
        with database.session() as session:
            found = totp.verify(session, keys, member, typed, now)
            session.commit()
            return found

    return ask


def test_a_code_works_and_does_not_work_again(secret, verify):
    assert verify(code(secret))
    assert not verify(code(secret))


def test_a_code_that_was_used_to_set_the_app_up_opens_nothing(secret, verify):
    assert not verify(code(secret, -30))


def test_after_a_newer_code_an_older_one_that_was_never_used_works_no_more(secret, verify):
    assert verify(code(secret, 30))
    assert not verify(code(secret))


@pytest.mark.parametrize(("seconds", "is_taken"), [(-60, False), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(secret, verify, seconds, is_taken):
    assert verify(code(secret, seconds)) is is_taken


@pytest.mark.parametrize(("later", "is_taken"), [(30, True), (60, True), (90, False)])
def test_a_clock_may_be_one_step_behind(secret, verify, later, is_taken):
    assert verify(code(secret, 30), now=NOW + timedelta(seconds=later)) is is_taken


def test_a_code_of_another_member_opens_nothing(database, secret, verify):
    with database.session() as session:
        theirs = set_up(session, OTHER)
        session.commit()
    assert not verify(code(theirs))
    assert verify(code(theirs), member=OTHER)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 456", "\x00" * 6])
def test_what_is_no_code_is_no_code(secret, verify, typed):
    assert not verify(typed)


def test_of_many_who_bring_one_code_at_once_one_gets_in(database, secret):
    start, results = Barrier(5), []

    def come():
        with database.session() as session:
            start.wait()
            results.append(totp.verify(session, KEYS, MEMBER, code(secret), NOW))
            session.commit()

    threads = [Thread(target=come) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 4 + [True]


def test_an_app_opens_nothing_before_it_was_confirmed(database, verify):
    with database.session() as session:
        secret = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        session.commit()
    assert not verify(code(secret))


def test_setting_up_shows_the_same_secret_until_it_is_confirmed(database):
    with database.session() as session:
        first = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        assert totp.begin(session, KEYS, MEMBER, HERE, NOW) == first
        assert not totp.confirm(session, KEYS, MEMBER, HERE, "000000", NOW)
        assert totp.begin(session, KEYS, MEMBER, HERE, NOW) == first
        assert totp.confirm(session, KEYS, MEMBER, HERE, code(first), NOW)
        assert totp.begin(session, KEYS, MEMBER, HERE, NOW) != first


def test_what_was_begun_in_another_session_is_neither_shown_nor_confirmed(database):
    """Somebody who knows the password notes a secret: its owner never gets to see that one."""
    with database.session() as session:
        noted = totp.begin(session, KEYS, MEMBER, ELSEWHERE, NOW)
        own = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        assert own != noted
        assert not totp.confirm(session, KEYS, MEMBER, HERE, code(noted), NOW)
        assert totp.confirm(session, KEYS, MEMBER, HERE, code(own), NOW)
        assert not totp.confirm(session, KEYS, MEMBER, ELSEWHERE, code(noted), NOW)
        assert totp.of(session, MEMBER).session is None
        session.commit()
    with database.session() as session:
        assert len(session.scalars(select(TotpFactor)).all()) == 1


def test_what_is_not_confirmed_in_time_begins_anew(database):
    late = NOW + totp.LIFETIME
    with database.session() as session:
        first = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        let_go(session, totp.SWEEPS, late - timedelta(seconds=1))
        assert totp.is_waiting(session, MEMBER, HERE, late - timedelta(seconds=1))
        assert not totp.confirm(session, KEYS, MEMBER, HERE, pyotp.TOTP(first).at(late), late)
        assert totp.begin(session, KEYS, MEMBER, HERE, late) != first


def test_the_clock_removes_what_was_not_confirmed_and_nothing_else(database, secret):
    with database.session() as session:
        totp.begin(session, KEYS, MEMBER, HERE, NOW)
        let_go(session, totp.SWEEPS, NOW + totp.LIFETIME)
        session.commit()
    with database.session() as session:
        assert [row.confirmed_at for row in session.scalars(select(TotpFactor))] == [NOW]


def test_a_session_that_goes_on_under_a_new_id_takes_the_setup_along(database):
    with database.session() as session:
        first = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        totp.go_on(session, HERE, ELSEWHERE)
        assert totp.begin(session, KEYS, MEMBER, ELSEWHERE, NOW) == first


def test_a_new_app_takes_the_place_of_the_old_one(database, secret, verify):
    with database.session() as session:
        new = totp.begin(session, KEYS, MEMBER, HERE, NOW)
        session.commit()
    assert verify(code(secret)), "the old one works until the new one is in force"
    with database.session() as session:
        assert totp.confirm(session, KEYS, MEMBER, HERE, code(new), NOW)
        session.commit()
    assert not verify(code(secret, 30))
    assert verify(code(new, 30))


def test_the_database_does_not_hold_the_secret(secret, other_session):
    with other_session() as session:
        kept = session.scalars(select(TotpFactor)).one().secret
    assert secret not in kept
    assert sealing.unseal(("b" * 32,), kept) is None


def test_a_new_key_in_front_seals_anew_at_the_next_use(secret, verify, other_session):
    ring = ("n" * 32, *KEYS)
    assert verify(code(secret), keys=ring)
    with other_session() as session:
        assert sealing.is_current(ring, session.scalars(select(TotpFactor)).one().secret)
    assert verify(code(secret, 30), keys=ring[:1])


def test_a_key_that_left_the_ring_opens_nothing(secret, verify):
    assert not verify(code(secret), keys=("n" * 32,))


def test_the_picture_is_whole_in_the_page(secret):
    address = totp.address(secret, "staff@example.com", "Clevenio")
    assert pyotp.parse_uri(address).secret == secret
    picture = totp.picture(address, "QR code")
    assert picture.startswith("<svg")
    assert not any(word in picture for word in ("style", "<script", "href", "data:", secret))
