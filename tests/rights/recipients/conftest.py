"""Audience files handed out the whole way, and what is to be told afterwards."""

import csv
import io

import pytest
from sqlalchemy import select

from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.models import Leaver
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import find
from clevenio.consent import ledger
from clevenio.consent.notices import signup_notice
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.rights.recipients import opening
from clevenio.rights.recipients.models import Task
from tests.support.factories import NOW


@pytest.fixture
def extra_settings():
    return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}


@pytest.fixture
def hand_out(database, settings):
    """`hand_out("google")`: an audience file's rows, or with `removal` those it takes out; `meanwhile` happens once
    it was ordered, and says when it is fetched."""

    def make(name, *, removal=False, finish=True, now=NOW, meanwhile=None):
        chosen = platform(name, settings.data)
        with database.session() as session:
            if removal:
                ordered = order_removal(session, chosen, actor="command", now=now)
            else:
                ordered = order(
                    session, settings, chosen, find(session, "all", now), actor="command", now=now
                )
            session.commit()
        fetched = meanwhile() if meanwhile else now
        with handout(database, settings, chosen, ordered.id, now=fetched) as opened:
            pieces = stream(opened)
            if not finish:
                return next(iter(pieces))
            content = b"".join(pieces)
            assert len(content) == opened.size
            return list(csv.DictReader(io.StringIO(content.decode())))

    return make


@pytest.fixture
def withdraw(database):
    """The person takes one consent back in their account."""

    def act(person, purpose, state=ledger.State.WITHDRAWN):
        with database.session() as session:
            people.decide(
                session,
                session.get_one(Person, person),
                {purpose: state},
                channel=ledger.Channel.ACCOUNT,
                notice=signup_notice("fi"),
                language="fi",
                now=NOW,
            )
            session.commit()

    return act


@pytest.fixture
def catch_up(database, settings):
    def run(now=NOW):
        with database.session() as session:
            opened = opening.catch_up(session, settings, now)
            session.commit()
        return opened

    return run


@pytest.fixture
def told(database):
    """`told()`: every task, the oldest first."""

    def read():
        with database.session(write=False) as session:
            return session.scalars(select(Task).order_by(Task.opened_at, Task.platform, Task.vendor)).all()

    return read


@pytest.fixture
def leavers(database):
    def read():
        with database.session(write=False) as session:
            return session.scalars(select(Leaver)).all()

    return read
