"""Two people who share a company, a phone, addresses one after the other: nobody reads about the other."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clevenio.accounts.models import AddressChange, Signup
from clevenio.audiences.models import Export, Membership
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.outbox import Mail
from clevenio.people import erasures, links, suppression, usage
from clevenio.people.addresses import address
from clevenio.rights import requests, subjects
from clevenio.rights.access.file import access_file, portability_file
from tests.support.accounts import make_account
from tests.support.factories import NOW, grant, refuse

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
WHO = ("Aino", "Eino")


class World:
    """Two people; everything that one of them typed carries a mark by which it is known again."""

    def __init__(self, session, settings):
        self.session, self.settings, self.hour = session, settings, 0
        self.account = {
            who: make_account(
                session,
                f"{who.lower()}@example.com",
                first_name=f"Mark{who}",
                phone="+358401234567",
                company="Shared Oy",
            )
            for who in WHO
        }

    def now(self):
        self.hour += 1
        return NOW + timedelta(hours=self.hour)

    def person(self, who):
        return self.account[who].person

    def other(self, who):
        return WHO[1 - WHO.index(who)]

    def write(self, who):
        """An inquiry from the address they have now."""
        message = Message(f"Mark{who}", address(self.person(who).email), f"Mark{who} asks", None)
        inquiries.send(self.session, self.settings, message, "en", self.now())

    def move(self, who):
        """They leave their address; the mail that told of it is all that knows the former one."""
        person, at = self.person(who), self.now()
        self.mail(who, at)
        new = address(f"{who.lower()}{self.hour}@example.com")
        self._set(person, new)

    def take_over(self, who):
        """They get the address that the other one had, who has moved elsewhere."""
        other = self.person(self.other(who))
        left = address(other.email)
        self.move(self.other(who))
        self.mail(who, self.now())
        self._set(self.person(who), left)

    def _set(self, person, new):
        person.email, person.address_key = new.email, new.key
        person.email_ascii, person.mailbox_key = new.ascii, new.mailbox_key
        person.email_suppression = suppression.email_key(self.settings.suppression_key, new.mailbox_key)
        self.session.flush()

    def mail(self, who, at=None):
        person = self.person(who)
        self.session.add(
            Mail(
                person=person.id,
                kind="account",
                sender="a@example.com",
                recipient=person.email_ascii,
                subject=f"To Mark{who}",
                message=b"",
                created_at=at or self.now(),
                due_at=NOW,
                state="sent",
            )
        )
        self.session.flush()

    def decide(self, who):
        grant(self.session, self.person(who), "newsletter", now=self.now())
        refuse(self.session, self.person(who), "surveys", now=self.now())

    def use(self, who):
        usage.record(self.session, self.person(who).id, usage.Kind.LOGIN, self.now())

    def type_the_others_address(self, who):
        """They sign up, and want to move, to an address that is the other one's."""
        to = address(self.person(self.other(who)).email)
        signup = Signup(
            email=to.email,
            address_key=to.key,
            profile={"first_name": f"Mark{who}"},
            password="x",
            language="en",
            ticked=[],
            wording={"purposes": []},
            texts={},
            created_at=self.now(),
        )
        change = AddressChange(
            account_id=self.account[who].id, email=to.email, created_at=self.now(), expires_at=NOW
        )
        self.session.add_all([signup, change])
        self.session.flush()

    def ask(self, who):
        requests.ask_for_erasure(self.session, self.settings, self.person(who).id, "en", self.now())

    def object_by_phone(self, who):
        """Their phone is refused; the other one has the same."""
        key = self.person(who).phone_suppression
        suppression.suppress(self.session, key, "phone", suppression.EVERYTHING, f"mark{who}", self.now())
        erasures.add(self.session, key, "phone", erasures.Ground.REQUEST, self.now())

    def link(self, who):
        data = {"email": self.person(who).email, "mark": f"Mark{who}"}
        links.make(
            self.session,
            self.settings.mail_keys,
            "confirm",
            self.now(),
            person=self.person(who).id,
            data=data,
        )

    def upload(self, who):
        export = Export(
            kind="upload", state="finished", platform="google", vendor="google", segment=f"mark{who}",
            criteria={}, actor="staff:1", created_at=self.now(), ledger_position=0, notices=[], rows=1,
            rejects={}, files=[],
        )  # fmt: skip
        self.session.add(export)
        self.session.flush()
        self.session.add(
            Membership(
                person_id=self.person(who).id,
                export_id=export.id,
                has_email=True,
                has_phone=True,
                has_advertising_id=False,
            )
        )
        self.session.flush()


ACTS = (
    "write", "move", "take_over", "mail", "decide", "use", "type_the_others_address", "ask",
    "object_by_phone", "link", "upload",
)  # fmt: skip
HISTORY = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(WHO)), max_size=14)


def read(content):
    with ZipFile(BytesIO(content)) as bundle:
        return {name: bundle.read(name).decode("utf-8") for name in bundle.namelist()}


@given(history=HISTORY)
@hypothesis_settings(
    max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happened_nobody_reads_about_the_other(database, settings, history):
    with database.session() as session:
        world = World(session, settings)
        for act, who in history:
            getattr(world, act)(who)
        session.flush()
        for who in WHO:
            other = world.other(who)
            subject = subjects.of_person(session, settings, world.person(who))
            theirs = (
                f"Mark{other}",
                f"mark{other}",
                str(world.person(other).id),
                str(world.account[other].id),
            )
            for make in (access_file, portability_file):
                for name, text in read(make(session, settings, subject, "en", NOW)).items():
                    assert not [mark for mark in theirs if mark in text], (make.__name__, name)
                    assert f"Mark{who}" in text
        session.rollback()


def test_what_happened_to_one_is_in_their_own_file(database, settings):
    with database.session() as session:
        world = World(session, settings)
        for act in ACTS:
            getattr(world, act)("Aino")
        subject = subjects.of_person(session, settings, world.person("Aino"))
        document = json.loads(read(access_file(session, settings, subject, "en", NOW))["data.json"])
        session.rollback()
    filled = {table["id"] for kind in document["kinds"] for table in kind["tables"] if table["rows"]}
    assert {
        "inquiries",
        "mails",
        "usage_events",
        "rights_requests",
        "links",
        "audience_memberships",
    } <= filled
