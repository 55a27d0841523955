"""An erasure that was asked for by the form: of somebody we know, and of an address that nobody has."""

from datetime import timedelta

import pytest

from clevenio.errors import Refused
from clevenio.mail import Folder
from clevenio.people.addresses import address
from clevenio.rights import erasure
from clevenio.rights.handling import operations as handling
from clevenio.rights.models import Event, Request, State, Submission
from tests.rights.asking.test_operations import EMAIL, asking, customer
from tests.support.factories import NOW
from tests.support.mailbox import text_of

__all__ = ["asking", "customer"]


def erase(asking, acts, settings):
    [request] = [each for each in asking.rows(Request) if each.kind == "erasure"]
    with asking.database.session() as session:
        erasure.begin(session, settings, request.id, "staff:1", NOW)
        session.commit()
    acts.deliver(Folder(settings.data / "mail"))
    acts.go_on()
    return request.id


def test_the_words_and_the_address_go_and_the_steps_stay(asking, customer, acts, settings, mailbox):
    asking.ask("erasure", details=f"I am {EMAIL}")
    asking.confirm(asking.token())
    number = erase(asking, acts, settings)
    assert asking.states() == {"erasure": State.DONE}
    assert asking.rows(Submission) == []
    assert {"received", "link_sent", "confirmed", "erased"} <= set(acts.history(number))
    assert "has been erased as you asked" in text_of(mailbox.newest(EMAIL))
    assert not any(EMAIL in (event.note or "") for event in asking.rows(Event))


@pytest.mark.parametrize("kind", ["access", "portability"])
def test_whoever_also_asked_for_their_data_gets_it_first(asking, customer, acts, settings, mailbox, kind):
    asking.ask("erasure", kind)
    asking.confirm(asking.token())
    with pytest.raises(Refused, match="also asked for their data"):
        erase(asking, acts, settings)
    assert asking.states() == {"erasure": State.OPEN, kind: State.OPEN}
    [copy] = [each.id for each in asking.rows(Request) if each.kind == kind]
    with asking.database.session() as session:
        handling.answer(session, settings, copy, "Here it is.", "staff:1", NOW)
        session.commit()
    erase(asking, acts, settings)
    assert asking.states() == {"erasure": State.DONE, kind: State.DONE}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_nobody_confirmed_as_theirs_holds_no_erasure_up(asking, customer, acts, settings):
    asking.ask("erasure")
    asking.confirm(asking.token())
    asking.ask("access", now=NOW + timedelta(minutes=20))
    erase(asking, acts, settings)
    assert asking.states()["erasure"] == State.DONE


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_address_that_nobody_has_gets_its_answer_and_is_forgotten(asking, acts, settings, mailbox):
    asking.ask("erasure", email="nobody@example.com")
    asking.confirm(asking.token("nobody@example.com"))
    erase(asking, acts, settings)
    assert asking.states() == {"erasure": State.DONE}
    assert asking.rows(Submission) == []
    assert "has been erased as you asked" in text_of(mailbox.newest("nobody@example.com"))
    assert acts.person("nobody@example.com") is None
    assert address("nobody@example.com").key not in str([vars(row) for row in asking.rows(Request)])
