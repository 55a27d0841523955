"""There is always one administrator who can come in."""

import time
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from clevenio.backoffice.members import operations
from clevenio.errors import Refused
from clevenio.people.staff_members import Role, active
from tests.support.factories import NOW
from tests.support.staff import make_member


def give_up(session, settings, member):
    operations.change_roles(session, settings, member, [Role.SUPPORT], "command", NOW)


def close(session, settings, member):
    operations.disable(session, settings, member, "command", NOW)


@pytest.mark.parametrize(("one", "two"), [(close, close), (give_up, give_up), (give_up, close)])
def test_two_administrators_who_let_each_other_go_at_once_do_not_both_go(database, settings, one, two):
    with database.session() as session:
        ids = [make_member(session, f"{name}@example.com", "administrator").id for name in ("a", "b")]
        session.commit()
    start, results = Barrier(2), []

    def act(how, leaving):
        with database.session() as session:
            start.wait()
            try:
                how(session, settings, operations.find(session, leaving))
                # The other one has come as far as it gets by now, whichever of them was first.
                time.sleep(0.2)
                session.commit()
                results.append("gone")
            except Refused:
                session.rollback()
                results.append("stays")

    threads = [Thread(target=act, args=each) for each in zip((one, two), ids, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["gone", "stays"]
    with database.session() as session:
        assert len(session.scalars(active(Role.ADMINISTRATOR)).all()) == 1


@pytest.mark.parametrize("how", [close, give_up])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_whose_access_has_ended_is_no_other_administrator(database, settings, how):
    with database.session() as session:
        boss = make_member(session, "a@example.com", "administrator")
        ended = make_member(session, "b@example.com", "administrator", now=NOW - timedelta(days=61))
        with pytest.raises(Refused):
            how(session, settings, boss)
        how(session, settings, ended)
        session.commit()


@pytest.mark.parametrize("how", [close, give_up])
@pytest.mark.parametrize("backend", ["postgresql"])
def test_somebody_who_became_the_last_administrator_since_they_were_looked_at_stays_one(
    database, settings, how
):
    """SQLite lets nobody write between a look and the act; PostgreSQL does."""
    with database.session() as session:
        boss = make_member(session, "a@example.com", "administrator").id
        heir = make_member(session, "b@example.com", "support").id
        session.commit()
    with database.session() as mine, database.session() as theirs:
        looked_at = operations.find(mine, heir)
        assert looked_at.roles == {"support"}
        both = [Role.ADMINISTRATOR, Role.SUPPORT]
        operations.change_roles(theirs, settings, operations.find(theirs, heir), both, "command", NOW)
        give_up(theirs, settings, operations.find(theirs, boss))
        theirs.commit()
        with pytest.raises(Refused):
            how(mine, settings, looked_at)
