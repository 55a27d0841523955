"""People with something in every table, and the acts on a request in one line each."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.accounts.factors.models import Passkey, RecoveryCode, TotpFactor
from clevenio.accounts.models import AddressChange, Announcement, MailRequest, Signup
from clevenio.accounts.sessions import Kind, start
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Answer, Redaction
from clevenio.inquiries.operations import Message
from clevenio.mail import Folder
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Departure
from clevenio.people import links, usage
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.people.operations import find
from clevenio.rights import completion, disk, erasure, requests
from clevenio.rights.access.models import DataFile
from clevenio.rights.guardians import operations as guardians
from clevenio.rights.models import Asker, Channel, Event, Request, State, Submission
from clevenio.rights.models import Kind as Asked
from clevenio.rights.retention.rules import retention
from clevenio.smtp import Reply
from tests.support.accounts import make_account
from tests.support.factories import NOW, grant

EMAIL = "aino.unohdettava@example.com"
STAFF = "staff:1"


def make_everything(session, settings, email=EMAIL):
    """A customer with an account and a row in every table that can mention one. Flushes."""
    account = make_account(session, email, language="fi", phone="+358401234567")
    person = account.person
    grant(session, person, "newsletter", "ad_audiences")
    to = address(email)
    start(session, Kind.ACCOUNT, account.id, NOW, "Firefox")
    signup = Signup(
        email=email,
        address_key=to.key,
        profile={"first_name": "Aino"},
        password="x",
        language="fi",
        ticked=[],
        wording={"purposes": []},
        texts={"terms": "2026-11-23"},
        created_at=NOW,
    )
    session.add(signup)
    session.flush()
    links.make(session, settings.mail_keys, "verify", NOW, data={"signup": str(signup.id), "language": "fi"})
    links.make(session, settings.mail_keys, "confirm", NOW, data={"email": email, "topics": []})
    inquiry = inquiries.send(session, settings, Message("Aino", to, f"Write to {email}", None), "fi", NOW)
    session.flush()
    ours = {"inquiry": inquiry.id, "by": account.id, "at": NOW}
    session.add(Answer(id=uuid4(), text=f"We write to {email}", message_id="<m@example.com>", **ours))
    session.add(Redaction(reason="sensitive", passages=1, **ours))
    session.add(Submission(email=email, address_key=to.key, details=f"I am {email}"))
    session.add(DataFile(subject=person.id, kind="access", language="fi", created_at=NOW, content=b"PK"))
    session.flush()
    make_use(session, account, to)
    make_delivery(session, settings, person)
    return person


def make_use(session, account, to):
    """How the account was used, how its owner proves who they are, and what they asked to be mailed."""
    usage.record(session, account.person_id, usage.Kind.LOGIN, NOW)
    usage.record_day(session, account.person_id, NOW)
    session.add_all(
        [
            MailRequest(kind="reset", email=to.email, language="fi", created_at=NOW),
            AddressChange(account_id=account.id, email="uusi@example.com", created_at=NOW, expires_at=NOW),
            Announcement(account=account.id, text="terms", version="2026-11-23", at=NOW),
            TotpFactor(member=account.id, secret="sealed", created_at=NOW),
            RecoveryCode(hash=to.key, member=account.id, created_at=NOW),
            Passkey(
                member=account.id,
                name="Phone",
                credential=to.key,
                public_key=b"key",
                sign_count=0,
                transports=[],
                created_at=NOW,
            ),
        ]
    )
    session.flush()


def make_delivery(session, settings, person):
    campaign = Campaign(
        topic="newsletter", state=CampaignState.FINISHED, created_at=NOW, candidates=1, finished_at=NOW
    )
    session.add(campaign)
    session.flush()
    token = links.make(
        session, settings.mail_keys, "unsubscribe", NOW, person=person.id, data={"topic": "newsletter"}
    )
    handle = token.partition(".")[0]
    delivery = Delivery(
        campaign=campaign.id,
        person=person.id,
        language="fi",
        basis="consent",
        decision=1,
        notice="n",
        handle=handle,
        state=DeliveryState.SENT,
        due_at=NOW,
        reply=f"250 accepted for {person.email}",
    )
    session.add(delivery)
    session.flush()
    session.add(
        Bounce(
            report=person.id.hex,
            delivery=delivery.id,
            campaign=campaign.id,
            person=person.id,
            key=person.email_suppression,
            kind="soft",
            status="4.2.2",
            diagnostic=f"452 4.2.2 the mailbox of {person.email} is full",
            source=Source.REPORT,
            at=NOW,
        )
    )
    session.add(
        Departure(
            handle=handle,
            campaign=campaign.id,
            topic="newsletter",
            scope="topic",
            at=NOW,
            withdrawn={},
            last_decision=0,
            last_suppression=0,
            reason=f"I am {person.email}",
        )
    )
    session.flush()


class Acts:
    """What happens to requests, each act in a transaction of its own."""

    def __init__(self, database, settings):
        self.database, self.settings = database, settings

    @property
    def cleaned(self):
        """What a history says between the answer and the end: SQLite is cleaned as it ends."""
        return () if self.database.is_sqlite else ("tables_rewritten", "log_emptied")

    def customer(self, email=EMAIL):
        """Somebody with everything; their id."""
        with self.database.session() as session:
            person = make_everything(session, self.settings, email)
            session.commit()
            return person.id

    def ask(self, person, now=NOW):
        with self.database.session() as session:
            found = requests.ask_for_erasure(session, self.settings, person, "en", now)
            session.commit()
            return found.id

    def ask_for(self, kind, person, now=NOW):
        """An open request of another kind than erasure."""
        with self.database.session() as session:
            found = requests.add(
                session,
                person,
                session.get_one(Person, person).email_suppression,
                kind=Asked(kind),
                asker=Asker.PERSON,
                channel=Channel.EMAIL,
                language="fi",
                received_at=now,
                state=State.OPEN,
                now=now,
            )
            session.commit()
            return found.id

    def freeze(self, email=EMAIL, now=NOW, answer_to="guardian@example.com", received_at=None):
        with self.database.session() as session:
            message = guardians.Message(
                address(email),
                Channel.PHONE,
                received_at or now,
                address(answer_to) if answer_to else None,
                "fi",
                f"{email} is my child's",
            )
            found = guardians.freeze(session, self.settings, message, STAFF, now)
            session.commit()
            return found.id

    def check(self, request, now=NOW):
        with self.database.session() as session:
            guardians.check(session, self.settings, request, "Name and company", STAFF, now)
            session.commit()

    def lift(self, request, now=NOW):
        with self.database.session() as session:
            guardians.lift(session, self.settings, request, "The holder works at a bank", STAFF, now)
            session.commit()

    def begin(self, request, now=NOW, left=()):
        with self.database.session() as session:
            erasure.begin(session, self.settings, request, STAFF, now, left)
            session.commit()

    def deliver(self, transport, now=NOW):
        return outbox.deliver_due(self.database, transport, lambda: now)

    def go_on(self, now=NOW):
        completion.go_on(self.settings, self.database, now)

    def let_go(self, now):
        """The daily run."""
        retention(self.settings, self.database).run("system", now)

    def erase(self, request, transport, now=NOW, left=()):
        """All of it: rows, answer, files, disk."""
        self.begin(request, now, left)
        self.deliver(transport, now)
        self.go_on(now)

    def request(self, request):
        with self.database.session(write=False) as session:
            return session.get(Request, request)

    def history(self, request):
        with self.database.session(write=False) as session:
            query = select(Event.act).where(Event.request == request).order_by(Event.id)
            return list(session.scalars(query))

    def person(self, email=EMAIL):
        with self.database.session(write=False) as session:
            return find(session, address(email))


@pytest.fixture(autouse=True)
def log_is_small(monkeypatch):
    """So many databases are made on the tests' server that its log is as large as that of a busy one."""
    monkeypatch.setattr(disk, "SMALL_LOG", 10**12)


@pytest.fixture
def found(other_session):
    """Every request there is."""

    def everything():
        with other_session() as session:
            return session.scalars(select(Request).order_by(Request.kind)).all()

    return everything


@pytest.fixture
def acts(database, settings):
    return Acts(database, settings)


@pytest.fixture
def relay(settings):
    """Where mail goes without a relay: the folder that stands for one."""
    return Folder(settings.data / "mail")


class Refusing:
    """A relay that takes no mail, for good."""

    def deliver(self, sender, to, message, before_body):
        before_body()
        return Reply(550, f"no such mailbox {to}")


@pytest.fixture
def mail_refused():
    return Refusing()
