from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from clevenio import once

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
FIELDS = {"email": "aino@example.fi", "message": "Hei"}


def post(database, fields=FIELDS, form="inquiry", now=NOW):
    with database.session() as session:
        first = once.first_time(session, "k" * 32, form, fields, now)
        session.commit()
        return first


def test_the_same_post_twice_is_one_act(database):
    assert [post(database), post(database)] == [True, False]


def test_other_fields_or_another_form_are_another_act(database):
    post(database)
    assert post(database, {**FIELDS, "message": "Hei hei"})
    assert post(database, form="signup")


def test_fields_cannot_run_into_each_other(database):
    post(database, {"a": "bc", "d": ""})
    assert post(database, {"a": "b", "d": "c"})


def test_after_ten_minutes_it_is_a_new_act(database):
    post(database)
    assert not post(database, now=NOW + timedelta(minutes=9))
    assert post(database, now=NOW + timedelta(minutes=11))


def test_an_act_that_was_not_committed_did_not_happen(database):
    with database.session() as session:
        once.first_time(session, "k" * 32, "inquiry", FIELDS, NOW)
    assert post(database)


def test_of_many_at_once_one_is_first(database):
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: post(database), range(8))) == 1


def test_nothing_readable_is_kept(database):
    post(database)
    with database.session(write=False) as session:
        assert "aino" not in session.query(once.Post).one().key


def test_what_is_forgotten_is_a_new_act_and_nothing_else_is(database):
    post(database)
    post(database, form="signup")
    with database.session() as session:
        once.forget(session, "k" * 32, "inquiry", FIELDS)
        session.commit()
    assert [post(database), post(database), post(database, form="signup")] == [True, False, False]
