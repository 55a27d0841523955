"""A mail about a request that did not arrive: it is no answer, and whoever looks after requests sees it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from clevenio.newsletter.bounces import operations as bounces
from clevenio.newsletter.bounces import reports
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.outbox import Mail, MailState
from clevenio.people.models import Suppression
from clevenio.rights import requests, undelivered
from clevenio.smtp import Reply
from tests.newsletter.bounces.made_up_reports import Sent
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW
from tests.support.staff import make_member

LATER = NOW + timedelta(hours=1)
GUARDIAN = "guardian@example.com"


class Relay:
    """A relay that takes everything and keeps it."""

    def __init__(self):
        self.taken = {}

    def deliver(self, _sender, to, message, before_body):
        before_body()
        self.taken[to] = message
        return Reply(250, "taken")

    def close(self):
        """Nothing to end."""


@pytest.fixture
def relay():
    return Relay()


@pytest.fixture
def come_back(relay, database, settings):
    """`come_back(EMAIL)`: what went there last comes back; the outcome."""

    def act(to=EMAIL, own="one", now=LATER):
        report = Sent(SimpleNamespace(email_ascii=to), relay.taken[to]).bounce("5.1.1", own=own)
        with database.session() as session:
            outcome = bounces.note(session, settings, reports.read(report), Source.REPORT, now)
            session.commit()
        return outcome

    return act


@pytest.fixture
def tell(database, settings):
    """The tick; how many requests it told of."""

    def act(now=LATER):
        with database.session() as session:
            told = undelivered.tell(session, settings, now)
            session.commit()
        return told

    return act


@pytest.fixture
def officer(database):
    with database.session() as session:
        make_member(session, "officer@example.com", "privacy_officer", language="fi")
        session.commit()


def test_an_answer_that_came_back_later_is_told_once(acts, relay, come_back, tell, officer, other_session):
    request = acts.ask(acts.customer())
    acts.deliver(relay)
    assert come_back() == "noted"
    assert [tell(), tell()] == [1, 0]
    assert acts.history(request) == ["received", undelivered.ACT]
    with other_session() as session:
        [mail] = session.scalars(select(Mail).where(Mail.about == request))
        [notice] = session.scalars(select(Mail).where(Mail.state == MailState.PENDING))
        assert (mail.state, notice.recipient) == (MailState.RETURNED, "officer@example.com")
        assert notice.subject == "Pyyntöä koskeva viesti palautui"


def test_the_answer_to_an_erasure_is_recognised_after_its_address_was_forgotten(
    acts, relay, come_back, tell, other_session
):
    request = acts.ask(acts.customer())
    acts.erase(request, relay)
    assert acts.history(request) == ["received", "erased", "answered", *acts.cleaned, "done"]
    assert come_back() == "noted"
    assert tell() == 1
    assert acts.history(request)[-1] == undelivered.ACT
    with other_session() as session:
        [mail] = session.scalars(select(Mail).where(Mail.about == request))
        bounce = session.scalars(select(Bounce).where(Bounce.mail == mail.id)).one()
        assert (mail.recipient, mail.state, bounce.key, bounce.person) == ("", MailState.RETURNED, None, None)
        assert not session.scalars(select(Suppression).where(Suppression.reason == "hard bounce")).all()


def test_an_answer_that_came_back_before_its_address_was_forgotten_leaves_no_words(
    acts, relay, come_back, tell, other_session
):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.deliver(relay)
    assert come_back(now=NOW) == "noted"
    about_mail = select(Bounce).where(Bounce.mail.is_not(None))
    with other_session() as session:
        assert session.scalars(about_mail).one().diagnostic
    acts.go_on()
    with other_session() as session:
        bounce = session.scalars(about_mail).one()
        assert (bounce.status, bounce.key, bounce.diagnostic) == ("5.1.1", None, None)


def test_an_answer_that_came_back_at_once_was_never_given(acts, relay, come_back, tell):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.deliver(relay)
    assert come_back(now=NOW) == "noted"
    assert tell(NOW) == 1
    acts.go_on()
    history = acts.history(request)
    assert undelivered.ACT in history
    assert "answered" not in history
    assert tell() == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_mail_that_comes_back_later_is_another_word(acts, relay, come_back, tell, database, settings):
    request = acts.ask(acts.customer())
    acts.deliver(relay)
    come_back()
    assert tell() == 1
    with database.session() as session:
        requests.extend(session, settings, request, "Much to look through", "staff:1", LATER)
        session.commit()
    acts.deliver(relay, LATER)
    come_back(own="two", now=LATER + timedelta(hours=1))
    assert tell(LATER + timedelta(hours=1)) == 1
    assert acts.history(request).count(undelivered.ACT) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("A mail about this request did not arrive", "Came back", "A mail about it came back")),
        ("fi", ("Tätä pyyntöä koskeva viesti ei mennyt perille", "Palautui", "koskeva viesti palautui")),
    ],
)
def test_the_page_of_the_request_says_it(sign_in_staff, acts, relay, come_back, tell, language, words):
    request = acts.ask(acts.customer())
    acts.deliver(relay)
    come_back()
    tell()
    page = sign_in_staff("privacy_officer").get(
        f"/staff/requests/{request}", headers={"Accept-Language": language}
    )
    for word in (*words, "550 5.1.1", "made up"):
        assert word in page.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_a_relay_refused_at_once_stands_there_too(sign_in_staff, acts, database):
    request = acts.ask(acts.customer())
    with database.session() as session:
        mail = session.scalars(select(Mail).where(Mail.about == request)).one()
        mail.state, mail.reply = MailState.FAILED, "550 5.1.1 nobody here"
        session.commit()
    page = sign_in_staff("privacy_officer").get(f"/staff/requests/{request}").text
    assert "A mail about this request did not arrive" in page
    assert "550 5.1.1 nobody here" in page
    with database.session() as session:
        session.get(Mail, mail.id).state = MailState.LET_GO
        session.commit()
    page = sign_in_staff("privacy_officer", email="other@example.com").get(f"/staff/requests/{request}").text
    assert "A mail about this request did not arrive" not in page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_guardians_answer_that_came_back_is_told_on_its_page(sign_in_staff, acts, relay, come_back, tell):
    acts.customer()
    request = acts.freeze()
    acts.deliver(relay)
    come_back(GUARDIAN)
    assert tell() == 1
    page = sign_in_staff("support", "privacy_officer").get(f"/staff/guardian-messages/{request}").text
    assert "A mail about this request did not arrive" in page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_worker_tells_by_itself(app, acts, relay, come_back, clock):
    request = acts.ask(acts.customer())
    acts.deliver(relay)
    come_back(now=clock.now)
    app.extensions["clevenio"].jobs.run("undelivered")
    assert undelivered.ACT in acts.history(request)
