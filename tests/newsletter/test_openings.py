"""Openings: an image of their own for those who allow it, no image for anybody else, and what comes of it."""

import re

import pytest
from sqlalchemy import select, update

from clevenio.consent.ledger import Basis
from clevenio.errors import Refused
from clevenio.newsletter import campaigns, expiry, messages, openings, rules
from clevenio.newsletter.models import Delivery
from clevenio.people import usage
from clevenio.people.models import Person
from clevenio.signing import Signer, new_handle
from tests.support.factories import NOW, grant, refuse
from tests.support.retention import let_go

IMAGE = re.compile(r'<img src="http://localhost(/o/[^"]+)"[^>]*>')
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def watched(subscribe, database):
    """Somebody who gets the newsletter and allows us to see that they open it."""
    person = subscribe("aino@example.fi", language="fi")
    with database.session() as session:
        grant(session, session.get(Person, person.id), "mail_opens")
        session.commit()
    return person


@pytest.fixture
def image(watched, campaign, sender, smtp_sink):
    """The path of the image in the mail that they got."""
    assert sender(campaign()).work() == "finished"
    [arrival] = smtp_sink.sent_to("aino@example.fi")
    return IMAGE.search(html_of(arrival))[1]


@pytest.fixture
def opened(other_session):
    """`opened()`: how many openings the usage log has, and when the delivery was opened."""

    def read():
        with other_session() as session:
            kinds = list(session.scalars(select(usage.UsageEvent.kind)))
            return kinds.count("mail_opened"), session.scalar(select(Delivery.opened_at))

    return read


def html_of(arrival):
    return arrival.message.get_body(("html",)).get_content()


def test_an_image_for_those_who_allow_it_and_none_for_the_others(
    watched, subscribe, campaign, sender, smtp_sink, settings, deliveries
):
    subscribe("anna@example.com", language="fi")
    sender(campaign()).work()
    [seen], [unseen] = (smtp_sink.sent_to(to) for to in ("aino@example.fi", "anna@example.com"))
    assert "<img" not in html_of(unseen)
    assert "siinä oleva kuva" not in html_of(unseen)
    assert html_of(seen).count("<img") == 1
    assert "siinä oleva kuva" in html_of(seen)
    assert {row.person: row.is_measured for row in deliveries()}[watched.id] is True
    link = seen.message["List-Unsubscribe"].strip("<>")
    [address] = [f"http://localhost{path}" for path in IMAGE.findall(html_of(seen))]
    assert list(rules.faults(settings, seen.data, link, address)) == []
    # Without the word that this one is allowed, and with another one, it is a fault.
    assert len(list(rules.faults(settings, seen.data, link))) == 1
    assert len(list(rules.faults(settings, seen.data, link, address + "x"))) == 1


def test_it_is_written_down_once_and_the_person_sees_it(client, clock, image, opened):
    for _ in range(2):
        answer = client.get(image)
        assert (answer.status_code, answer.mimetype) == (200, "image/gif")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        clock.advance(minutes=1)
    assert opened() == (1, NOW)


@on_sqlite
def test_looking_without_fetching_is_no_opening(client, clock, image, opened):
    assert client.head(image).status_code == 200
    assert opened() == (0, None)


@on_sqlite
def test_after_a_withdrawal_nothing_is_written_and_what_was_goes(
    client, clock, image, opened, database, watched
):
    client.get(image)
    with database.session() as session:
        assert let_go(session, expiry.SWEEPS, clock.advance(days=1)) == 0
        refuse(session, session.get(Person, watched.id), "mail_opens")
        session.commit()
    with database.session() as session:
        assert let_go(session, expiry.SWEEPS, clock.advance(days=1)) == 1
        let_go(session, usage.SWEEPS, clock.now)
        session.commit()
    assert client.get(image).status_code == 200
    assert opened() == (0, None)


@on_sqlite
def test_who_takes_it_back_while_the_relay_gets_ready_gets_no_image(
    watched, database, campaign, sender, smtp_sink
):
    made = sender(campaign())
    deliver = made.transport.deliver

    def change_ones_mind(*arguments):
        with database.session() as session:
            refuse(session, session.get(Person, watched.id), "mail_opens")
            session.commit()
        return deliver(*arguments)

    made.transport.deliver = change_ones_mind
    assert made.work() == "finished"
    [arrival] = smtp_sink.sent_to("aino@example.fi")
    assert "<img" not in html_of(arrival)


@on_sqlite
def test_the_token_of_the_image_opens_nothing_else_and_none_else_opens_it(
    client, clock, image, opened, settings
):
    token = image.rpartition("/")[2]
    assert client.get(f"/u/{token}").status_code == 404
    foreign = Signer(settings.mail_keys, "unsubscribe").sign(token.partition(".")[0])
    for bad in (foreign, token[:-1], f"{token}x", "x"):
        assert client.get(f"/o/{bad}").status_code == 404
    # Whoever was erased has no row any more: the image of their old mail shows no hole.
    gone = Signer(settings.mail_keys, openings.PURPOSE).sign(new_handle())
    assert client.get(f"/o/{gone}").mimetype == "image/gif"
    assert opened() == (0, None)


@on_sqlite
def test_figures_are_shown_only_where_they_speak_of_nobody(
    image, client, clock, database, deliveries, subscribe, campaign, sender
):
    client.get(image)
    which = deliveries()[0].campaign
    with database.session() as session:
        assert openings.of_campaign(session, which, {"sent": 1}) == openings.Opens(None, None)
    for number in range(36):
        subscribe(f"more{number}@example.com")
    made = campaign()
    sender(made).work()
    rows = [row.id for row in deliveries() if row.campaign == made and not row.is_measured]
    with database.session() as session:

        def measured(number, **values):
            chosen = update(Delivery).where(Delivery.id.in_(rows[:number]))
            session.execute(chosen.values(is_measured=True, **values))
            return openings.of_campaign(session, made, campaigns.counts(session, made))

        # Few allow it; enough do and few open it; enough of both, rounded down; all but a few did.
        assert measured(8, opened_at=NOW) == openings.Opens(None, None)
        assert measured(25) == openings.Opens(25, None)
        assert measured(13, opened_at=NOW) == openings.Opens(25, 10)
        assert measured(20, opened_at=NOW) == openings.Opens(25, None)
        assert measured(30) == openings.Opens(None, None)


@on_sqlite
def test_a_text_that_brings_an_image_of_its_own_is_refused_for_those_who_allow_ours_too(
    settings, monkeypatch
):
    letter = campaigns.letter(settings, "newsletter", "en", "# Hello\n\nRead this.\n")
    build = messages.build
    monkeypatch.setattr(
        messages,
        "build",
        lambda *given, **more: build(*given, **more).replace(
            b"</body>", b'<img src="http://evil.example/x"></body>'
        ),
    )
    with pytest.raises(Refused, match="fetches something"):
        campaigns.try_out(settings, "newsletter", "en", Basis.CONSENT, letter, NOW, is_measured=True)
