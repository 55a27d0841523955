"""What comes in by the form: done at once, or waiting for the owner of the address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.errors import BadToken
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.people.models import Link
from clevenio.rights.asking import operations
from clevenio.rights.asking.operations import Asked
from clevenio.rights.models import Event, Kind, Request, State, Submission
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person

EMAIL = "aino@example.com"


class Asking:
    """The form and its link, each act in a transaction of its own."""

    def __init__(self, database, settings):
        self.database, self.settings = database, settings

    def ask(self, *kinds, email=EMAIL, now=NOW, is_crowded=False, details=None):
        asked = Asked(tuple(map(Kind, kinds)), address(email), details, "en")
        with self.database.session() as session:
            left = operations.receive(session, self.settings, asked, now, is_crowded=is_crowded)
            session.commit()
        return left

    def token(self, email=EMAIL):
        """The token of an address's newest link, out of the mail itself."""
        found = [mail for mail in self.mails(email) if b"/q/" in mail.message]
        text = max(found, key=lambda mail: mail.created_at).message
        return text.replace(b"=\r\n", b"").decode("ascii").split("/q/")[1].split()[0]

    def confirm(self, token, shown=(), mine=(), now=NOW):
        with self.database.session() as session:
            found = operations.confirm(session, self.settings, token, shown, mine, now)
            session.commit()
            return found

    def rows(self, model):
        with self.database.session(write=False) as session:
            return session.scalars(select(model)).all()

    def states(self):
        return {request.kind: request.state for request in self.rows(Request)}

    def mails(self, to=EMAIL):
        return [mail for mail in self.rows(Mail) if mail.recipient == to]


@pytest.fixture
def asking(database, settings):
    return Asking(database, settings)


@pytest.fixture
def customer(database):
    """Somebody who agreed to everything, by mail and by phone; their id."""
    with database.session() as session:
        person = make_person(session, EMAIL, phone="+358401234567")
        grant(session, person, "newsletter", "ad_audiences")
        session.commit()
        return person.id


def test_refusing_marketing_is_done_at_once_and_by_every_channel(asking, customer, database):
    asking.ask("direct_marketing")
    assert asking.states() == {"direct_marketing": State.DONE}
    with database.session(write=False) as session:
        person = people.find(session, address(EMAIL))
        assert ledger.State.GRANTED not in ledger.decisions_of(session, customer).values()
        assert ledger.latest(session, customer)["newsletter"].channel == "rights_request"
        for key in (person.email_suppression, person.phone_suppression):
            assert suppression.is_suppressed(session, key, suppression.EVERYTHING)


def test_withdrawing_consent_takes_back_each_and_keeps_the_phone_of_no_refusal(asking, customer, database):
    asking.ask("withdrawal")
    assert asking.states() == {"withdrawal": State.DONE}
    with database.session(write=False) as session:
        person = people.find(session, address(EMAIL))
        assert ledger.State.GRANTED not in ledger.decisions_of(session, customer).values()
        assert suppression.scopes(session, person.email_suppression) == set(people.person_purposes())
        assert suppression.scopes(session, person.phone_suppression) == set()


@pytest.mark.parametrize("kind", ["direct_marketing", "withdrawal"])
def test_another_spelling_of_the_mailbox_takes_every_consent_back(asking, customer, database, kind):
    asking.ask(kind, email="aino+offers@example.com")
    with database.session(write=False) as session:
        assert ledger.State.GRANTED not in ledger.decisions_of(session, customer).values()


@pytest.mark.parametrize("kind", ["direct_marketing", "withdrawal"])
def test_an_address_that_nobody_has_is_suppressed_and_leaves_no_decision(asking, database, kind):
    asking.ask(kind, email="nobody@example.com")
    asking.ask(kind, email="nobody@example.com", now=NOW + timedelta(hours=1))
    with database.session(write=False) as session:
        key = suppression.email_key(SUPPRESSION_KEY, "nobody@example.com")
        assert suppression.is_suppressed(session, key, "newsletter")
        assert ledger.position(session) == 0
        assert people.find(session, address("nobody@example.com")) is None


def test_somebody_else_writing_in_the_form_opens_nothing(asking, customer):
    asking.ask("access", "erasure", "objection")
    assert set(asking.states().values()) == {State.UNVERIFIED}
    assert {mail.recipient for mail in asking.rows(Mail)} == {EMAIL}


def test_the_mail_goes_to_the_owner_and_repeats_nothing_that_was_typed(asking):
    asking.ask("access", details="I am the owner, believe me")
    [mail] = asking.mails()
    assert b"believe" not in mail.message
    assert asking.rows(Submission)[0].details == "I am the owner, believe me"


def test_known_and_unknown_addresses_leave_the_same_rows(asking, customer):
    for email in (EMAIL, "nobody@example.com"):
        asking.ask("access", "portability", email=email)
    first, second = [
        [(each.kind, each.state, each.identity) for each in asking.rows(Request) if each.submission == one.id]
        for one in asking.rows(Submission)
    ]
    assert sorted(first) == sorted(second)
    assert len(asking.mails()) == len(asking.mails("nobody@example.com")) == 1


def test_the_owner_confirms_by_the_link(asking, customer, database):
    asking.ask("access", "rectification")
    shown = asking.confirm(asking.token())
    assert shown.is_used
    assert asking.states() == {"access": State.OPEN, "rectification": State.OPEN}
    assert {request.identity for request in asking.rows(Request)} == {"link"}
    assert {request.subject for request in asking.rows(Request)} == {customer}


def test_confirming_an_erasure_ends_marketing(asking, customer, database):
    asking.ask("erasure")
    with database.session(write=False) as session:
        assert ledger.permits(session, customer, "newsletter").allowed
    asking.confirm(asking.token())
    with database.session(write=False) as session:
        assert not ledger.permits(session, customer, "newsletter").allowed


def test_of_the_link_only_a_hash_is_kept(asking):
    asking.ask("access")
    handle = asking.token().partition(".")[0]
    [link] = asking.rows(Link)
    assert link.handle != handle
    assert len(link.handle) == 20


def test_a_link_works_once_and_says_so_afterwards(asking):
    asking.ask("access")
    token = asking.token()
    asking.confirm(token)
    again = asking.confirm(token)
    assert again.is_used
    assert [event.act for event in asking.rows(Event)].count("confirmed") == 1


@pytest.mark.parametrize(("hours", "works"), [(23, True), (24, False)])
def test_a_link_works_for_a_day(asking, hours, works):
    asking.ask("access")
    token = asking.token()
    if works:
        asking.confirm(token, now=NOW + timedelta(hours=hours))
    else:
        with pytest.raises(BadToken):
            asking.confirm(token, now=NOW + timedelta(hours=hours))
    assert asking.states() == {"access": State.OPEN if works else State.UNVERIFIED}


def test_two_presses_at_once_open_it_once(asking):
    asking.ask("access")
    token, barrier = asking.token(), Barrier(2)

    def press(_number):
        barrier.wait()
        return asking.confirm(token)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(press, range(2)))
    assert all(each.is_used for each in found)
    assert [event.act for event in asking.rows(Event)].count("confirmed") == 1


def test_a_link_shows_everything_that_waits_at_its_address_and_nothing_of_others(asking, settings, database):
    asking.ask("erasure", now=NOW)
    asking.ask("access", now=NOW + timedelta(minutes=1))
    asking.ask("access", email="kaarlo@example.com")
    token = asking.token()
    with database.session(write=False) as session:
        shown = operations.look(session, settings, token, NOW + timedelta(minutes=2))
    assert [request.kind for request in shown.requests] == ["erasure", "access"]
    assert shown.email == "a•••@example.com"
    stranger, own = shown.requests
    asking.confirm(token, [stranger.id, own.id], [own.id], NOW + timedelta(minutes=2))
    found = {request.id: request.state for request in asking.rows(Request)}
    assert (found[stranger.id], found[own.id]) == (State.WITHDRAWN, State.OPEN)


def test_ids_of_others_in_a_forged_post_change_nothing(asking, database):
    asking.ask("access", email="kaarlo@example.com")
    [foreign] = asking.rows(Request)
    asking.ask("access")
    with database.session() as session:
        [mine] = session.scalars(select(Request.id).where(Request.id != foreign.id))
    asking.confirm(asking.token(), [foreign.id, mine], [foreign.id], NOW)
    states = {request.id: request.state for request in asking.rows(Request)}
    assert states == {foreign.id: State.UNVERIFIED, mine: State.WITHDRAWN}


def test_a_doubled_post_is_one_act(asking):
    for _ in range(2):
        asking.ask("access", "direct_marketing")
    assert sorted(asking.states()) == ["access", "direct_marketing"]
    assert len(asking.rows(Request)) == 2


def test_refusing_again_after_coming_back_within_the_window_counts(asking, customer, database):
    asking.ask("direct_marketing")
    with database.session() as session:
        grant(session, people.find(session, address(EMAIL)), "newsletter")
        session.commit()
    asking.ask("direct_marketing", now=NOW + timedelta(minutes=2))
    with database.session(write=False) as session:
        person = people.find(session, address(EMAIL))
        assert suppression.is_suppressed(session, person.email_suppression, suppression.EVERYTHING)
        assert not ledger.permits(session, customer, "newsletter").allowed


def test_an_address_gets_three_mails_a_day_and_every_request_is_kept(asking):
    for number in range(6):
        asking.ask("access", details=str(number), now=NOW + timedelta(minutes=11 * number))
    assert len(asking.mails()) == 3
    assert [request.state for request in asking.rows(Request)].count(State.RECEIVED) == 3


def test_a_crowded_network_is_left_with_refusing(asking, customer):
    left = asking.ask("access", "direct_marketing", is_crowded=True)
    assert left == (Kind.ACCESS,)
    assert asking.states() == {"direct_marketing": State.DONE}
    assert asking.mails() == []


def test_asking_twice_for_the_same_is_answered_once_by_the_earlier_clock(asking):
    asking.ask("access")
    asking.confirm(asking.token())
    asking.ask("access", now=NOW + timedelta(days=3))
    asking.confirm(asking.token(), now=NOW + timedelta(days=3))
    states = sorted((request.received_at, request.state) for request in asking.rows(Request))
    assert states == [(NOW, State.OPEN), (NOW + timedelta(days=3), State.DUPLICATE)]


def test_the_address_goes_with_the_last_request_that_waits(asking):
    asking.ask("direct_marketing")
    [done] = asking.rows(Submission)
    assert (done.email, done.address_key) == (None, None)
    asking.ask("direct_marketing", "access", now=NOW + timedelta(hours=1))
    assert EMAIL in {each.email for each in asking.rows(Submission)}
