"""Recovery codes: ten, random, each once, for their owner; nothing of them is kept."""

from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.accounts.factors import recovery
from clevenio.accounts.factors.models import RecoveryCode
from tests.support.factories import NOW

MEMBER, OTHER = uuid4(), uuid4()


@pytest.fixture
def codes(database):
    with database.session() as session:
        made = recovery.renew(session, MEMBER, NOW)
        session.commit()
        return made


@pytest.fixture
def use(database):
    def bring(code, member=MEMBER):
        with database.session() as session:
            found = recovery.use(session, member, code, NOW)
            session.commit()
            return found

    return bring


def test_there_are_ten_of_120_bits(codes):
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 24 for code in codes)
    assert set("".join(codes)) <= {*recovery.ALPHABET, "-"}


def test_each_works_once_and_the_count_goes_down(database, codes, use):
    assert use(codes[0])
    assert not use(codes[0])
    with database.session() as session:
        assert recovery.left(session, MEMBER) == 9


@pytest.mark.parametrize("spoil", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
def test_it_may_be_typed_as_people_type(codes, use, spoil):
    assert use(spoil(codes[0]))


def test_letters_that_look_alike_are_meant_alike(database, use, monkeypatch):
    monkeypatch.setattr(recovery, "ALPHABET", "10")
    with database.session() as session:
        code = recovery.renew(session, MEMBER, NOW)[0]
        session.commit()
    assert use(code.replace("1", "l").replace("0", "O"))


def test_another_members_code_opens_nothing(codes, use):
    assert not use(codes[0], member=OTHER)
    assert use(codes[0])


@pytest.mark.parametrize("typed", ["", "-", "\x00", "ABCD", "ıſ" * 12, "\ud800" * 24])
def test_what_is_no_code_is_no_code(codes, use, typed):
    assert not use(typed)


def test_new_ones_replace_the_old_ones(database, codes, use):
    with database.session() as session:
        new = recovery.renew(session, MEMBER, NOW)
        session.commit()
    assert not any(use(code) for code in codes)
    assert use(new[0])


def test_of_two_who_bring_one_at_once_one_gets_in(database, codes):
    start, results = Barrier(4), []

    def come():
        with database.session() as session:
            start.wait()
            results.append(recovery.use(session, MEMBER, codes[0], NOW))
            session.commit()

    threads = [Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 3 + [True]


def test_nothing_that_is_kept_opens_anything(codes, use, other_session):
    with other_session() as session:
        kept = list(session.scalars(select(RecoveryCode.hash)))
    assert not set(kept) & {*codes}
    assert not any(use(hashed) for hashed in kept)
