"""The same act twice at the same moment, and an erasure or a freeze while others are at work."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import find
from clevenio.errors import Refused
from clevenio.newsletter import campaigns, deliveries
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.rights.models import Request, State
from clevenio.smtp import Smtp
from tests.newsletter.conftest import TEXTS
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW


@pytest.fixture
def extra_settings():
    return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}


def together(act, count=2):
    """Run an act in several threads that start at the same moment; what each returned or raised."""
    barrier = Barrier(count)

    def run(_number):
        barrier.wait()
        try:
            return act()
        except Refused as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_askings_are_one_request(acts, database):
    person = acts.customer()
    first, second = together(lambda: acts.ask(person))
    assert first == second
    with database.session(write=False) as session:
        assert len(session.scalars(select(Request)).all()) == 1


def test_two_freezes_are_one_request(acts, database):
    acts.customer()
    found = together(acts.freeze)
    with database.session(write=False) as session:
        [request] = session.scalars(select(Request.id)).all()
    assert request in found
    assert all(one == request or isinstance(one, Refused) for one in found)


def test_two_officers_erase_once(acts, relay):
    request = acts.ask(acts.customer())
    together(lambda: acts.begin(request))
    acts.deliver(relay)
    together(acts.go_on)
    assert acts.request(request).state == State.DONE
    assert acts.history(request) == ["received", "erased", "answered", *acts.cleaned, "done"]


def test_taking_back_and_erasing_end_in_one_of_the_two(acts, relay, database):
    from clevenio.rights import requests

    person = acts.customer()
    request = acts.ask(person)

    def back():
        with database.session() as session:
            requests.take_back(session, person, NOW)
            session.commit()

    turns = iter((back, lambda: acts.begin(request)))

    def either():
        next(turns)()

    together(either)
    acts.deliver(relay)
    acts.go_on()
    is_gone = acts.person() is None
    assert acts.request(request).state == (State.DONE if is_gone else State.WITHDRAWN)


@pytest.fixture
def frozen_campaign(database, settings):
    """A campaign whose recipients are written down, with the person among them."""

    def make():
        with database.session() as session:
            made = campaigns.make(session, settings, "newsletter", TEXTS, "command", NOW)
            session.commit()
            while campaigns.freeze(session, made.id, NOW):
                session.commit()
            session.commit()
            return made.id

    return make


def claimed(database, campaign):
    """Who would be mailed next, and why others are not."""
    with database.session() as session:
        found = deliveries.claim(session, session.get_one(Campaign, campaign), NOW)
        session.commit()
        query = select(Delivery.reason).where(Delivery.campaign == campaign, Delivery.reason.is_not(None))
        return [one.address for one in found], list(session.scalars(query))


def test_a_freeze_reaches_a_campaign_that_has_begun(acts, database, frozen_campaign):
    acts.customer()
    campaign = frozen_campaign()
    acts.freeze()
    assert claimed(database, campaign) == ([], ["restricted"])


def test_an_erasure_reaches_a_campaign_that_has_begun(acts, database, frozen_campaign, relay):
    person = acts.customer()
    campaign = frozen_campaign()
    acts.erase(acts.ask(person), relay)
    assert claimed(database, campaign) == ([], ["erased"])


@pytest.mark.parametrize("is_next", [True, False], ids=["at the body", "claimed and waiting"])
def test_nobody_erased_while_a_campaign_sends_is_mailed_by_it(
    acts, database, settings, frozen_campaign, relay, smtp_sink, other_session, is_next
):
    """All three are claimed at once; as the relay waits for the first body, one of them is erased."""
    people = {email: acts.customer(email) for email in ("eeva@example.com", "kaarlo@example.com", EMAIL)}
    campaign, erased = frozen_campaign(), {}

    class DuringWhich(Smtp):
        def deliver(self, sender, to, message, before_body, following=""):
            def after_354():
                if not erased:
                    gone = to if is_next else next(email for email in people if email not in (to, following))
                    erased[gone] = acts.ask(people[gone])
                    acts.begin(erased[gone])
                before_body()

            return super().deliver(sender, to, message, after_354, following)

    url = database.url.render_as_string(hide_password=False)
    with progress_database(url) as progress:
        transport = DuringWhich(smtp_sink.url, timeout=5)
        sent = Sender(campaign, settings, database, progress, transport, lambda: NOW).work()
        transport.close()
    [(email, request)] = erased.items()
    assert sent == "finished"
    assert {to for arrival in smtp_sink.arrived for to in arrival.recipients} == people.keys() - {email}
    with other_session() as session:
        rows = session.scalars(select(Delivery).where(Delivery.campaign == campaign)).all()
        assert people[email] not in {row.person for row in rows}
    assert sorted((row.state, row.reason or "") for row in rows) == [
        ("excluded", "erased"),
        ("sent", ""),
        ("sent", ""),
    ]
    acts.deliver(relay)
    acts.go_on()
    assert acts.request(request).state == State.DONE


def test_a_frozen_person_is_in_no_audience_file(acts, database, settings):
    acts.customer()
    acts.customer("kaarlo@example.com")

    def rows():
        chosen = platform("google", settings.data)
        with database.session() as session:
            ordered = order(session, settings, chosen, find(session, "all", NOW), actor="command", now=NOW)
            session.commit()
        with handout(database, settings, chosen, ordered.id, now=NOW) as opened:
            return b"".join(stream(opened)).count(b"\n") - 1

    before = rows()
    acts.freeze(EMAIL)
    assert (before, rows()) == (2, 1)
