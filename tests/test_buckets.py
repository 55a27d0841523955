"""Limits of sending, whoever sends: no more than so many within any window, and account mail never waits."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from sqlalchemy import select

from clevenio import buckets
from clevenio.buckets import Bucket, Limits, Rate
from clevenio.database import Database
from clevenio.errors import BadInput
from clevenio.settings import Settings
from tests.support.factories import NOW
from tests.support.retention import let_go

TEN = Rate("tests", 10, timedelta(seconds=24))
THREE = Rate("tighter", 3, timedelta(hours=24))


def taken(database, wanted, seconds=0.0, rates=(TEN,), **how):
    with database.session() as session:
        got = buckets.take(session, rates, wanted, NOW + timedelta(seconds=seconds), **how)
        session.commit()
        return got


def test_there_are_so_many_tokens_and_they_come_back_after_the_window(database):
    assert [taken(database, 7), taken(database, 7, 1), taken(database, 7, 23.9)] == [7, 3, 0]
    # The seven are back a part of the window after they are due, the three a second later.
    assert [taken(database, 10, 25), taken(database, 10, 26)] == [7, 3]


def test_what_is_taken_of_several_is_what_the_tightest_has(database):
    assert taken(database, 5, rates=(TEN, THREE)) == 3
    assert taken(database, 10) == 7


def test_what_is_owed_is_taken_all_the_same_and_others_wait_for_it(database):
    assert taken(database, 12, owed=True) == 12
    assert [taken(database, 1), taken(database, 20, 25)] == [0, 10]


def test_what_is_not_used_is_put_back(database):
    with database.session() as session:
        buckets.take(session, (TEN,), 8, NOW)
        buckets.give_back(session, (TEN,), 5, NOW, NOW)
        assert [rate.name for rate in buckets.spent(session, (TEN, THREE), NOW)] == []
        session.commit()
    assert taken(database, 10) == 7


def test_what_came_back_by_itself_is_not_put_back_at_the_cost_of_others(database):
    assert taken(database, 8) == 8
    late = NOW + timedelta(seconds=30)
    assert taken(database, 9, 30) == 9
    with database.session() as session:
        buckets.give_back(session, (TEN,), 8, NOW, late)
        session.commit()
    assert taken(database, 10, 30) == 1


@given(steps=st.lists(st.tuples(st.floats(0, 9), st.integers(1, 12)), max_size=40))
@hypothesis(max_examples=40, deadline=None)
def test_no_window_holds_more_wherever_it_begins(steps):
    # The arithmetic alone; that it holds in the database is for the others to say.
    bucket, moments, seconds = Bucket(name="x", taken={}), [], 0.0
    for pause, wanted in steps:
        seconds += pause
        now = NOW + timedelta(seconds=seconds)
        out = buckets._out(bucket, TEN, now)
        got = max(0, min(wanted, TEN.most - sum(out.values())))
        number = str(TEN.number(now))
        bucket.taken = {**out, number: out.get(number, 0) + got}
        moments += [seconds] * got
    for start in moments:
        assert sum(start <= moment < start + 24 for moment in moments) <= TEN.most


def test_senders_at_once_share_them(database_url):
    def draw(_):
        own = Database(database_url)
        try:
            return sum(taken(own, 1) for _ in range(5))
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(draw, range(4))) == 10


def test_a_mail_and_a_campaign_do_not_wait_for_each_other(database_url, database):
    second = Rate("second", 9, timedelta(seconds=1))
    domain = Limits(domains={"*": 9}, key="key").of_domain("aino@example.fi")
    own = Database(database_url)
    with ThreadPoolExecutor(1) as pool, database.session() as session:
        buckets.take(session, (second,), 1, NOW)
        mail = pool.submit(taken, own, 1, rates=(second, *domain), owed=True)
        time.sleep(0.5)
        buckets.take(session, domain, 1, NOW)
        session.commit()
        assert mail.result() == 1
    own.close()


def test_no_limit_asks_the_database_nothing(database):
    assert taken(database, 50, rates=()) == 50
    with database.session() as session:
        assert session.scalars(select(Bucket)).all() == []


def test_a_bucket_is_forgotten_once_everything_is_back(database):
    taken(database, 1)
    with database.session() as session:
        let_go(session, buckets.SWEEPS, NOW + timedelta(seconds=24))
        assert len(session.scalars(select(Bucket)).all()) == 1
        let_go(session, buckets.SWEEPS, NOW + timedelta(seconds=25))
        assert session.scalars(select(Bucket)).all() == []


def limits(tmp_path, **values):
    env = {f"CLEVENIO_SEND_PER_{name}": value for name, value in values.items()}
    return Limits.of(Settings.from_env({"CLEVENIO_DATA": str(tmp_path), **env}))


def test_the_settings_say_how_much(tmp_path):
    made = limits(tmp_path, SECOND="20", DAY="5000", DOMAIN="Gmail.com=100, *=600")
    assert [(rate.most, rate.window.total_seconds()) for rate in made.overall] == [(20, 1), (5000, 86400)]
    [gmail], [other] = made.of_domain("a@GMAIL.com"), made.of_domain("a@example.fi")
    assert (gmail.most, other.most, gmail.name != other.name) == (100, 600, True)
    assert "example" not in other.name
    assert limits(tmp_path).overall == limits(tmp_path).of_domain("a@example.fi") == ()


@pytest.mark.parametrize(
    "values",
    [
        {"SECOND": "many"},
        {"DAY": "-1"},
        {"DOMAIN": "gmail.com"},
        {"DOMAIN": "gmail.com=x"},
        {"DOMAIN": "*=0"},
    ],
)
def test_a_limit_that_is_none_is_refused(tmp_path, values):
    with pytest.raises(BadInput, match="CLEVENIO_SEND_PER_"):
        limits(tmp_path, **values)
