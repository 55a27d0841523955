from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from clevenio import limits
from clevenio.limits import Attempts, Limit
from tests.support.factories import NOW
from tests.support.retention import let_go

KEY = "a key that only tests use"
THREE = Limit("tests", 3, timedelta(minutes=15))


def take(session, who="somebody", now=NOW, limit=THREE):
    return limits.take(session, KEY, limit, who, now)


def test_so_many_and_no_more(database):
    with database.session() as session:
        assert [take(session) for _ in range(5)] == [True, True, True, False, False]


def test_a_limit_is_spent_once_all_of_it_was_taken(database):
    with database.session() as session:
        spent = []
        for _ in range(3):
            spent.append(limits.is_spent(session, KEY, THREE, "somebody", NOW))
            take(session)
        assert [*spent, limits.is_spent(session, KEY, THREE, "somebody", NOW)] == [False, False, False, True]


def test_after_the_window_counting_begins_again(database):
    with database.session() as session:
        for _ in range(4):
            take(session)
        later = NOW + timedelta(minutes=15)
        assert not limits.is_spent(session, KEY, THREE, "somebody", later)
        assert [take(session, now=later) for _ in range(4)] == [True, True, True, False]


def test_others_and_other_limits_are_counted_apart(database):
    with database.session() as session:
        for _ in range(3):
            take(session)
        assert take(session, "somebody else")
        assert take(session, limit=Limit("other tests", 3, timedelta(minutes=15)))


def test_nobody_can_be_read_from_the_rows(database):
    with database.session() as session:
        take(session, "somebody@example.com")
        assert "somebody" not in session.scalars(select(Attempts)).one().key


def test_many_at_once_are_all_counted(database):
    def once(_number):
        with database.session() as session:
            within = take(session)
            session.commit()
            return within

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(20))) == 3


def test_what_no_longer_counts_is_forgotten(database, other_session):
    with database.session() as session:
        take(session, "early")
        take(session, "late", NOW + timedelta(minutes=10))
        session.commit()
    with database.session() as session:
        let_go(session, limits.SWEEPS, NOW + timedelta(minutes=20))
        session.commit()
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Attempts)) == 1
