"""The day the law allows, before and after an extension has done its work."""

from datetime import date, timedelta

import pytest

from clevenio.rights import requests
from clevenio.rights.models import Kind, Request, State
from tests.support.factories import NOW

STAFF = "staff:1"


@pytest.mark.parametrize("extends", [True, False])
def test_an_answer_within_the_extension_is_never_late_afterwards(database, settings, acts, extends):
    request = acts.ask_for(Kind.RECTIFICATION, acts.customer())
    with database.session() as session:
        if extends:
            requests.extend(session, settings, request, "Three archives", STAFF, NOW)
        session.commit()
    law = acts.request(request).legal
    with database.session() as session:
        requests.end(session, session.get_one(Request, request), State.DONE, STAFF, NOW + timedelta(days=1))
        session.commit()
    with database.session(write=False) as session:
        ended = session.get_one(Request, request)
        assert (ended.state, ended.legal) == (State.DONE, law)
    assert (law - date(NOW.year, NOW.month, NOW.day) > timedelta(days=80)) is extends
