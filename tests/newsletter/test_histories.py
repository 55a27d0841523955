"""Whatever people did in whatever order: no mail to anybody who refused, or who never agreed."""

import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from clevenio.consent import ledger
from clevenio.consent.notices import import_notice, withdrawal_notice
from clevenio.database import Database
from clevenio.newsletter import campaigns, departures, operations
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.people import identifiers, links
from clevenio.people import operations as people
from clevenio.people.models import Link, Person
from clevenio.signing import Signer
from clevenio.smtp import Reply
from tests.newsletter.conftest import TEXTS
from tests.support.factories import NOW, make_person

ADDRESSES = [f"person-{number}@example.com" for number in range(2)]
TOPICS = ("newsletter", "product_news")
COMING = ["subscribe", "subscribe", "import", "import customer", "undo", "ask", "confirm"]
GOING = ["withdraw", "leave", "leave all", "erase", "wait"]


def acts(kinds, least, most):
    """Histories over few addresses, so that acts meet: leaving, being erased, being imported again."""
    act = st.tuples(st.sampled_from(kinds), st.sampled_from(ADDRESSES), st.sampled_from(TOPICS))
    return st.lists(act, min_size=least, max_size=most)


class Taking:
    """A relay that takes everything and remembers who got something."""

    def __init__(self):
        self.got = set()

    def deliver(self, sender, to, message, before_body, following=""):
        before_body()
        self.got.add(to)
        return Reply(250, "taken")

    def close(self):
        pass


class World:
    """The real operations, and beside them a model so simple that it can be believed.

    `mailable` maps address and topic to the grounds on which a mail may go: an own confirmed act,
    a proven import, or a customer's agreement. `said_no` outlives an erasure.
    """

    def __init__(self, database, settings):
        self.database, self.settings, self.now = database, settings, NOW
        self.asked, self.links, self.returnable = {}, {}, {}
        self.grounds, self.said_no = {}, set()

    def act(self, act, email, topic):
        with self.database.session() as session:
            person = people.find(session, identifiers.address(email))
            getattr(self, "_" + act.replace(" ", "_"))(session, email, topic, person)
            session.commit()

    def _wait(self, *_):
        self.now += timedelta(minutes=31)

    def _ask(self, session, email, topic, _person):
        before = {link.handle for link in session.query(Link).filter_by(purpose="confirm")}
        operations.ask(session, self.settings, identifiers.address(email), [topic], "en", self.now)
        session.flush()
        for link in session.query(Link).filter_by(purpose="confirm"):
            if link.handle not in before:
                self.asked[email] = (link.handle, topic)

    def _confirm(self, session, email, _topic, _person):
        if email in self.asked:
            handle, topic = self.asked.pop(email)
            operations.confirm(session, self.settings, self._token("confirm", handle), self.now)
            self.grounds[email, topic] = "consent"
            self._open(email, {topic})

    def _open(self, email, topics):
        """Coming back to something leaves the rest of an objection in force."""
        if topics and (email, "all") in self.said_no:
            self.said_no.remove((email, "all"))
            self.said_no |= {(email, topic) for topic in TOPICS}
        self.said_no -= {(email, topic) for topic in topics}

    def _subscribe(self, session, email, topic, person):
        # Beyond the limit of mails nothing is sent, so time passes between two of them.
        self.now += timedelta(days=2)
        self._ask(session, email, topic, person)
        self._confirm(session, email, topic, person)

    def _token(self, purpose, handle):
        return Signer(self.settings.mail_keys, purpose).sign(handle)

    def _withdraw(self, session, email, topic, person):
        if person is not None:
            people.decide(
                session,
                person,
                {topic: ledger.State.WITHDRAWN},
                channel=ledger.Channel.ACCOUNT,
                notice=withdrawal_notice("en"),
                language="en",
                now=self.now,
            )
            self.grounds[email, topic] = None

    def _link(self, session, email, topic, person):
        if (email, topic) not in self.links:
            data = {"topic": topic}
            token = links.make(
                session, self.settings.mail_keys, "unsubscribe", self.now, person=person.id, data=data
            )
            self.links[email, topic] = token
        return self.links[email, topic]

    def _leave(self, session, email, topic, person, everything=False):
        if person is None:
            return
        token = self._link(session, email, topic, person)
        session.flush()
        departures.leave(
            session, self.settings.mail_keys, token, everything=everything, one_click=True, now=self.now
        )
        if everything:
            self.said_no.add((email, "all"))
            self.grounds.update({(email, each): None for each in TOPICS})
        else:
            self.said_no.add((email, topic))
            self.grounds[email, topic] = None

    def _leave_all(self, session, email, topic, person):
        self._leave(session, email, topic, person, everything=True)

    def _undo(self, session, email, topic, person):
        if (email, topic) in self.links and person is not None:
            keys, token = self.settings.mail_keys, self.links[email, topic]
            returnable = departures.look(session, keys, token, self.now).returnable
            departures.undo(session, keys, token, self.now)
            for purpose in returnable:
                self.grounds[email, purpose] = "consent"
            self._open(email, set(returnable))

    def _import(self, session, email, topic, person, basis=ledger.Basis.CONSENT):
        if person is None:
            person = make_person(session, email)
        added = ledger.record(
            session,
            person.id,
            {topic: ledger.State.GRANTED},
            channel=ledger.Channel.IMPORT,
            language="en",
            notice=import_notice("the words", "the fair of 2026", "en", ()),
            now=self.now,
            basis=basis,
            evidence={"agreement": "the contract of 2026", "form": "the order form"},
        )
        # An import speaks only where the person has not: it changes nothing else.
        if self.grounds.get((email, topic), "silent") in ("silent", "customer"):
            assert added
            self.grounds[email, topic] = str(basis)

    def _import_customer(self, session, email, topic, person):
        self._import(session, email, topic, person, ledger.Basis.CUSTOMER)

    def _erase(self, session, email, _topic, person):
        if person is not None:
            session.delete(person)
            self.links = {key: token for key, token in self.links.items() if key[0] != email}
            self.grounds = {key: ground for key, ground in self.grounds.items() if key[0] != email}

    def may_get(self, topic):
        bases = {"newsletter": {"consent"}, "product_news": {"consent", "customer"}}[topic]
        return {
            email
            for email in ADDRESSES
            if self.grounds.get((email, topic)) in bases
            and not self.said_no & {(email, topic), (email, "all")}
        }


def history(*kinds, topic="newsletter"):
    """What one person did, about one topic."""
    return [(kind, ADDRESSES[0], topic) for kind in kinds]


@pytest.mark.parametrize("backend", ["sqlite"])
@example(history("import", "leave", "erase", "import"), [], "newsletter")
@example(history("import", "leave all", "erase", "import customer", topic="product_news"), [], "product_news")
@example(history("import", "leave", "subscribe"), [], "newsletter")
@example(history("subscribe", "leave all", "wait", "undo"), [], "newsletter")
@example(history("subscribe", "leave", "undo"), [], "newsletter")
@example(history("subscribe"), history("leave"), "newsletter")
@given(
    early=acts(COMING + GOING, 3, 20),
    late=acts(GOING + COMING[:3], 0, 6),
    topic=st.sampled_from(TOPICS),
)
@hypothesis(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_mail_goes_to_exactly_those_who_may_get_it(
    sqlite_template, tmp_path_factory, settings, early, late, topic
):
    path = tmp_path_factory.mktemp("history") / "clevenio.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    try:
        world = World(database, settings)
        for act in early:
            world.act(*act)
        with database.session() as session:
            campaign = campaigns.make(session, settings, topic, TEXTS, "command", world.now).id
            session.commit()
        relay = Taking()
        with progress_database(f"sqlite:///{path}") as progress:
            sender = Sender(campaign, settings, database, progress, relay, lambda: world.now)
            sender._freeze()
            frozen_for = world.may_get(topic)
            for act in late:
                world.act(*act)
            assert sender.work() == "finished"
        assert relay.got <= world.may_get(topic)
        # Whoever was a candidate and still may get it, gets it.
        assert world.may_get(topic) & frozen_for - {email for _act, email, _ in late} <= relay.got
        with database.session(write=False) as session:
            assert {p.email_ascii for p in session.query(Person)} >= relay.got
    finally:
        database.close()
