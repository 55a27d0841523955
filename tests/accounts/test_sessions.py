"""Logins as rows: how long they hold, and that an end is an end."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio.accounts import sessions
from clevenio.accounts.models import LoginSession
from clevenio.accounts.sessions import ABSOLUTE, FRESH, HALF_IN, IDLE, Kind
from clevenio.registry import load
from clevenio.registry.entries import Unit
from clevenio.rights.retention import engine
from tests.support.accounts import make_account
from tests.support.factories import NOW
from tests.support.retention import let_go

MEMBER = uuid4()


@pytest.fixture
def begin(database):
    """`begin()`: a committed session of MEMBER; its id."""

    def start(kind=Kind.ACCOUNT, member=MEMBER, now=NOW):
        with database.session() as session:
            token = sessions.start(session, kind, member, now, "Firefox, Linux")
            if kind is Kind.STAFF:
                token = sessions.confirm(session, token, now)
            session.commit()
            return token

    return start


@pytest.fixture
def is_open(other_session):
    """`is_open(token, now)`: whether another connection finds it."""

    def find(token, now=NOW):
        with other_session() as session:
            return sessions.find(session, token, now) is not None

    return find


def test_a_session_is_found_by_its_id_alone(begin, is_open):
    token = begin()
    assert is_open(token)
    assert not is_open(token[:-1])
    assert not is_open("")


def test_ids_are_256_random_bits_and_are_kept_as_hashes(begin, other_session):
    tokens = {begin() for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}
    with other_session() as session:
        kept = [str(vars(row)) for row in session.scalars(select(LoginSession))]
    assert not [token for token in tokens for row in kept if token in row]


@pytest.mark.parametrize("kind", Kind)
def test_a_session_ends_when_it_rests_too_long(begin, is_open, kind):
    token = begin(kind)
    assert is_open(token, NOW + IDLE[kind] - timedelta(seconds=1))
    assert not is_open(token, NOW + IDLE[kind])


@pytest.mark.parametrize("kind", Kind)
def test_a_session_ends_at_its_limit_however_busy(begin, is_open, database, kind):
    token, moment = begin(kind), NOW
    while moment < NOW + ABSOLUTE[kind] - IDLE[kind] / 2:
        moment += IDLE[kind] / 2
        with database.session() as session:
            sessions.touch(session, sessions.find(session, token, moment), moment)
            session.commit()
    assert is_open(token, NOW + ABSOLUTE[kind] - timedelta(seconds=1))
    assert not is_open(token, NOW + ABSOLUTE[kind])


def test_use_is_written_down_no_finer_than_needed(begin, other_session):
    token = begin()
    with other_session() as session:
        row = sessions.find(session, token, NOW)
        assert not sessions.is_due(row, NOW + FRESH - timedelta(seconds=1))
        assert sessions.is_due(row, NOW + FRESH)


def test_an_ended_session_stays_ended(begin, is_open, database):
    token = begin()
    with database.session() as session:
        row = sessions.find(session, token, NOW)
        sessions.end(session, token, NOW)
        sessions.touch(session, row, NOW + timedelta(minutes=10))
        session.commit()
    assert not is_open(token)


def test_ending_all_spares_the_one_at_hand_and_other_members(begin, is_open, database):
    mine, here, of_staff, others = begin(), begin(), begin(Kind.STAFF), begin(member=uuid4())
    with database.session() as session:
        sessions.end_all(session, Kind.ACCOUNT, MEMBER, NOW, but=here)
        session.commit()
    assert [is_open(token) for token in (mine, here, of_staff, others)] == [False, True, True, True]


@pytest.fixture
def half_in(database):
    """A committed session of staff after the password; its id."""
    with database.session() as session:
        token = sessions.start(session, Kind.STAFF, MEMBER, NOW, "Firefox, Linux")
        session.commit()
        return token


def test_staff_have_an_hour_from_the_password_to_the_second_factor(half_in, is_open):
    assert is_open(half_in, NOW + HALF_IN - timedelta(seconds=1))
    assert not is_open(half_in, NOW + HALF_IN)


def test_a_session_goes_on_under_a_new_id_once_it_is_confirmed(half_in, database, is_open, other_session):
    with database.session() as session:
        assert sessions.find(session, half_in, NOW).confirmed_at is None
        token = sessions.confirm(session, half_in, NOW)
        session.commit()
    assert token != half_in
    assert is_open(token)
    assert not is_open(half_in)
    with other_session() as session:
        row = session.get(LoginSession, sessions.hash_of(token))
        assert (row.confirmed_at, row.ends_at) == (NOW, NOW + ABSOLUTE[Kind.STAFF])


def test_confirming_again_and_again_does_not_lengthen_the_whole(half_in, database, is_open):
    token = half_in
    for hour in range(4):
        with database.session() as session:
            token = sessions.confirm(session, token, NOW + timedelta(minutes=50 * hour))
            session.commit()
    with database.session() as session:
        row = session.get(LoginSession, sessions.hash_of(token))
        assert row.ends_at == NOW + ABSOLUTE[Kind.STAFF]


def test_an_id_is_confirmed_once_whoever_is_faster(half_in, database):
    with database.session() as session:
        assert sessions.confirm(session, half_in, NOW) is not None
        session.commit()
    with database.session() as session:
        assert sessions.confirm(session, half_in, NOW) is None


def test_a_customers_session_is_whole_at_once(begin, other_session):
    token = begin()
    with other_session() as session:
        assert sessions.find(session, token, NOW).confirmed_at == NOW


@pytest.fixture
def kept(database):
    """`kept(now)`: how many logins there are once the tick has run."""

    def forget(now):
        with database.session() as session:
            let_go(session, sessions.SWEEPS, now)
            session.commit()
            return session.scalar(select(func.count()).select_from(LoginSession))

    return forget


def over(kind):
    """When the registry's period after a login at NOW is over."""
    period = load().periods[sessions.PERIODS[kind]]
    return NOW + (timedelta(days=period.number) if kind is Kind.ACCOUNT else timedelta(days=365))


@pytest.mark.parametrize("kind", Kind)
def test_a_login_is_forgotten_when_its_period_is_over(begin, kept, kind):
    begin(kind)
    rows = 1 if kind is Kind.ACCOUNT else 2
    assert kept(over(kind) - timedelta(seconds=1)) == rows
    assert kept(over(kind)) == 0


def test_staffs_logins_are_kept_for_longer_than_customers(begin, kept):
    begin(Kind.ACCOUNT)
    begin(Kind.STAFF, uuid4())
    assert kept(over(Kind.ACCOUNT)) == 2


def test_an_open_login_is_kept_however_short_the_period(begin, kept, is_open, monkeypatch):
    token = begin()
    short = replace(load().periods["login"], number=1, unit=Unit.HOUR)
    monkeypatch.setattr(
        engine, "load", lambda: SimpleNamespace(periods={"login": short, "staff_login": short})
    )
    later = NOW + timedelta(hours=2)
    assert kept(later) == 1
    assert is_open(token, later)


def test_a_login_of_somebody_whose_data_is_restricted_stays(begin, kept, database):
    with database.session() as session:
        account = make_account(session)
        account.person.restricted_at = NOW
        member = account.id
        session.commit()
    begin(member=member)
    begin()
    assert kept(over(Kind.ACCOUNT)) == 1


def test_the_tick_forgets_by_the_clock(begin, app, clock, other_session):
    begin()
    clock.now = over(Kind.ACCOUNT)
    app.extensions["clevenio"].jobs.run("retention")
    with other_session() as session:
        assert session.scalars(select(LoginSession)).all() == []
