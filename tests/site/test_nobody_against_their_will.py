"""Whatever happens in whatever order: no mail and no audience row to anybody who does not want it.

Random histories go through the rooms' own doors; `tests.support.will` keeps an account of its own
of what everybody wants. Mail reaches exactly whom it says, audiences nobody else.
"""

import csv
import io
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, event
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Select, select

from clevenio.audiences.export import handout_now
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import Choice
from clevenio.audiences.selection import upload
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice, withdrawal_notice
from clevenio.consent.verification import verify
from clevenio.database import Database
from clevenio.newsletter import campaigns, departures
from clevenio.newsletter import operations as newsletter
from clevenio.newsletter.sending import Sender
from clevenio.people import identifiers, links, operations, queries
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Link, Person
from clevenio.registry import load
from clevenio.settings import PREFIX, Settings
from clevenio.signing import Signer
from clevenio.smtp import Reply
from tests.support.databases import new_postgresql
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person
from tests.support.will import AUDIENCES, TOPICS, Will

# Two mailboxes, one of them in two spellings, behind one switchboard: few enough to collide often.
SPELLINGS = {
    "kukka@example.com": "kukka@example.com",
    "kukka+lista@example.com": "kukka@example.com",
    "usva@jäätelö.example.com": "usva@jäätelö.example.com",
}
PHONE = "+358471230001"
PURPOSES = (*TOPICS, *AUDIENCES)
# So that several people's acts fit into the half hour in which leaving can be undone.
SOON = timedelta(minutes=5)
TEXT = "# Kolme tapaa kysyä\n\nHei!\n"

addresses = st.sampled_from(sorted(SPELLINGS))
some_topics = st.sets(st.sampled_from(TOPICS), min_size=1)
some_purposes = st.sets(st.sampled_from(PURPOSES), min_size=1)


class Relay:
    """Takes every message and remembers to whom."""

    def __init__(self) -> None:
        self.reached: set[str] = set()

    def deliver(
        self, sender: str, to: str, message: bytes, before_body: Callable[[], None], following: str = ""
    ) -> Reply:
        before_body()
        self.reached.add(to)
        return Reply(250, "taken")

    def close(self) -> None:
        """Nothing to give back."""


class Histories(RuleBasedStateMachine):
    """One history on a database of its own."""

    fresh: Callable[[ExitStack], str]
    folder: Path

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()

    @initialize(known=st.sets(addresses, min_size=2), wanting=st.sets(addresses), purposes=some_purposes)
    def begin(self, known, wanting, purposes):
        self.database = Database(type(self).fresh(self.stack))
        self.stack.callback(self.database.close)
        own = {"DATA": str(self.folder), "SUPPRESSION_KEY": SUPPRESSION_KEY, "AUDIENCE_MINIMUM_OVERRIDE": "0"}
        self.settings = Settings.from_env({PREFIX + name: value for name, value in own.items()})
        self.will = Will()
        self.now = NOW
        self.asked: list[tuple[str, str, set[str]]] = []
        self.mails: dict[str, tuple[str, str]] = {}
        with self.database.session() as session:
            for address in sorted(known):
                make_person(session, address, language="fi", phone=PHONE)
                self.will.add(address, SPELLINGS[address], is_own=True).phone = PHONE
            session.commit()
        for address in sorted(known & wanting):
            self.decide(address, purposes, is_yes=True)

    def teardown(self):
        with self.stack:
            self.a_file_holds_the_digests_of_nobody_else("ad_audiences:meta")
            self.a_campaign_reaches_exactly_whom_it_should("newsletter")
            with self.database.session(write=False) as session:
                assert list(verify(session, self.folder, ["key"])) == []

    def person(self, session, address):
        found = operations.find(session, identifiers.address(address))
        assert found is not None
        return found

    def somebody(self, data):
        return data.draw(st.sampled_from(sorted(self.will.people)))

    def later(self, step=timedelta(days=1)):
        self.now += step

    # Doors

    @rule(address=addresses, topics=some_topics)
    def ask_for_the_newsletter(self, address, topics):
        self.later()
        with self.database.session() as session:
            before = set(session.scalars(select(Link.handle)))
            newsletter.ask(
                session, self.settings, identifiers.address(address), sorted(topics), "fi", self.now
            )
            session.flush()
            (handle,) = set(session.scalars(select(Link.handle))) - before
            session.commit()
        self.asked.append((handle, address, topics))

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def confirm(self, data):
        asked = data.draw(st.sampled_from(self.asked))
        self.asked.remove(asked)
        handle, address, topics = asked
        token = Signer(self.settings.mail_keys, "confirm").sign(handle)
        with self.database.session() as session:
            if session.get_one(Link, handle).expires_at <= self.now:
                return
            newsletter.confirm(session, self.settings, token, self.now)
            session.commit()
        self.will.says_yes(self.will.add(address, SPELLINGS[address], is_own=True), topics)

    @precondition(lambda self: self.will.people)
    @rule(data=st.data(), purposes=some_purposes, is_yes=st.booleans())
    def decide_in_the_account(self, data, purposes, is_yes):
        self.decide(self.somebody(data), purposes, is_yes)

    def decide(self, address, purposes, is_yes):
        self.later(SOON)
        state = ledger.State.GRANTED if is_yes else ledger.State.REFUSED
        with self.database.session() as session:
            operations.decide(
                session,
                self.person(session, address),
                dict.fromkeys(sorted(purposes), state),
                channel=ledger.Channel.ACCOUNT,
                notice=account_notice("fi"),
                language="fi",
                now=self.now,
            )
            session.commit()
        (self.will.ticks if is_yes else self.will.says_no)(self.will.people[address], purposes)

    @precondition(lambda self: self.will.people)
    @rule(
        data=st.data(),
        topic=st.sampled_from(TOPICS),
        everything=st.booleans(),
        one_click=st.booleans(),
        by_an_old_mail=st.booleans(),
    )
    def leave_by_the_link_in_a_mail(self, data, topic, everything, one_click, by_an_old_mail):
        self.later(SOON)
        somebody = self.will.people[self.somebody(data)]
        keys = self.settings.mail_keys
        old = [token for token, owner in self.mails.items() if owner == (somebody.address, topic)]
        with self.database.session() as session:
            if by_an_old_mail and old:
                token = old[-1]
            else:
                person = self.person(session, somebody.address)
                token = links.make(
                    session, keys, "unsubscribe", self.now, person=person.id, data={"topic": topic}
                )
                self.mails[token] = (somebody.address, topic)
            departures.leave(session, keys, token, everything=everything, one_click=one_click, now=self.now)
            session.commit()
        self.will.leaves(somebody, token, topic, everything, self.now)

    @precondition(lambda self: self.will.left)
    @rule(data=st.data())
    def regret_having_left(self, data):
        """By any link that somebody left by, whatever has happened since."""
        self.later(SOON)
        # The newest first, which is the likeliest to be still open.
        token = data.draw(st.sampled_from(list(reversed(self.will.left))))
        with self.database.session() as session:
            departures.undo(session, self.settings.mail_keys, token, self.now)
            session.commit()
        self.will.regrets(token, self.now)

    @precondition(lambda self: self.will.people)
    @rule(data=st.data())
    def object_by_phone(self, data):
        self.later(SOON)
        address = self.somebody(data)
        with self.database.session() as session:
            operations.withdraw_everything(
                session,
                self.person(session, address),
                channel=ledger.Channel.STAFF,
                notice=withdrawal_notice("fi"),
                language="fi",
                now=self.now,
            )
            session.commit()
        self.will.objects(self.will.people[address])

    @precondition(lambda self: self.will.people)
    @rule(data=st.data(), topic=st.sampled_from(TOPICS))
    def become_a_customer(self, data, topic):
        self.later()
        address = self.somebody(data)
        with self.database.session() as session:
            ledger.record(
                session,
                self.person(session, address).id,
                {topic: ledger.State.GRANTED},
                channel=ledger.Channel.STAFF,
                language="fi",
                notice=account_notice("fi"),
                now=self.now,
                basis=ledger.Basis.CUSTOMER,
                evidence={"agreement": "made up", "form": "made up"},
            )
            session.commit()
        self.will.is_customer(self.will.people[address], topic)

    @precondition(lambda self: self.will.people)
    @rule(data=st.data(), is_restricted=st.booleans())
    def restrict(self, data, is_restricted):
        self.later()
        address = self.somebody(data)
        with self.database.session() as session:
            self.person(session, address).restricted_at = self.now if is_restricted else None
            session.commit()
        self.will.people[address].is_restricted = is_restricted

    @rule(rows=st.dictionaries(addresses, st.tuples(some_purposes, st.booleans()), min_size=1))
    def bring_a_file(self, rows):
        self.later()
        proof = ("2026-01-02T10:00", "a made-up fair", "Saatte lähettää ja antaa Googlelle nimeni.")
        path = self.folder / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("email", "phone", "consent", "consent_at", "consent_source", "consent_wording"))
            for address, (purposes, is_proved) in rows.items():
                cells = proof if is_proved else (proof[0], "", proof[2])
                writer.writerow((address, PHONE, ";".join(sorted(purposes)), *cells))
        with self.database.session() as session:
            import_people(session, self.settings, path, now=self.now)
            session.commit()
        seen = set()
        for address, (purposes, is_proved) in rows.items():
            mailbox = SPELLINGS[address]
            if mailbox not in seen:
                self.will.imported(address, mailbox, PHONE, purposes if is_proved else set())
            seen.add(mailbox)

    @rule(address=addresses, purposes=some_purposes)
    def bring_one_consent(self, address, purposes):
        """What could undo a no most easily, so it is tried most often."""
        self.bring_a_file({address: (purposes, True)})

    # What must hold

    @invariant()
    def whoever_may_be_mailed_wants_to_be(self):
        with self.database.session(write=False) as session:
            for topic in TOPICS:
                bases = [ledger.Basis(basis) for basis in load().topics[topic].bases]
                found = select(Person.email).where(queries.is_mailable(topic, bases))
                assert set(session.scalars(found)) == self.will.gets(topic)

    @invariant()
    def audiences_hold_only_who_wants_to_be_there(self):
        with self.database.session(write=False) as session:
            for audience in AUDIENCES:
                query, columns = _selection(audience, self.folder)
                rows = session.execute(query).all()
                self.hold_to_may_go(audience, {row[n] for row in rows for n in columns if row[n]})

    def hold_to_may_go(self, audience, held, form=str):
        may_go = self.will.may_go(audience)
        assert held <= {form(identifier) for identifier in may_go}
        # Somebody alone at an address is not left out either.
        alone = {a for a in may_go if len(self.will.at(SPELLINGS.get(a, ""))) == 1}
        assert {form(address) for address in alone} <= held

    def a_campaign_reaches_exactly_whom_it_should(self, topic):
        relay = Relay()
        with self.database.session() as session:
            campaign = campaigns.make(
                session, self.settings, topic, {"fi": TEXT, "en": TEXT}, "command", self.now
            )
            session.commit()
        Sender(campaign.id, self.settings, self.database, self.database, relay, lambda: self.now).work()
        assert relay.reached == {identifiers.address(email).ascii for email in self.will.gets(topic)}
        event(f"the campaign reached somebody: {bool(relay.reached)}")

    def a_file_holds_the_digests_of_nobody_else(self, audience):
        chosen = platform(audience.partition(":")[2], self.folder)
        everybody = Choice("all", {})
        with handout_now(
            self.database, self.settings, chosen, everybody, actor="command", now=self.now
        ) as opened:
            content = b"".join(stream(opened)).decode()
        rows = list(csv.reader(io.StringIO(content, newline="")))
        columns = [n for n, header in enumerate(rows[0]) if header.casefold() in ("email", "phone")]
        held = {row[n] for row in rows[1:] for n in columns if row[n]}
        self.hold_to_may_go(audience, held, lambda identifier: digest(identifier, audience))
        event(f"the file held somebody: {bool(held)}")


@cache
def _selection(audience: str, folder: Path) -> tuple[Select[Any], list[int]]:
    """The very query that a file is made from, and where it has addresses and phones."""
    layout = platform(audience.partition(":")[2], folder).layout
    # An id and a notice come first.
    fields = ["", "", *(column.field for column in layout.columns)]
    return upload(layout, {}).rows, [fields.index("email"), fields.index("phone")]


def digest(identifier: str, audience: str) -> str:
    """SHA-256 as the platform takes it: Meta wants phones without their plus sign."""
    form = identifier.removeprefix("+") if audience.endswith("meta") else identifier
    return sha256(form.encode()).hexdigest()


@pytest.mark.parametrize(
    ("backend", "examples"),
    [
        ("sqlite", 20),
        ("postgresql", 5),
        pytest.param("sqlite", 200, marks=pytest.mark.slow),
        pytest.param("postgresql", 50, marks=pytest.mark.slow),
    ],
)
def test_no_history_leads_to_mail_or_ads_against_somebodys_will(backend, examples, request, tmp_path):
    fresh = _fresh(backend, request, tmp_path)
    machine = type("HistoriesHere", (Histories,), {"fresh": staticmethod(fresh), "folder": tmp_path})
    chosen = hypothesis_settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def _fresh(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[ExitStack], str]:
    """Where each history gets a database of its own."""
    if backend == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        template = request.getfixturevalue("postgresql_template")
        return lambda stack: stack.enter_context(new_postgresql(server, template))
    content = request.getfixturevalue("sqlite_template").read_bytes()

    def copy(stack: ExitStack) -> str:
        # A name of its own: what a history that failed left behind must not touch the next.
        path = Path(stack.enter_context(TemporaryDirectory(dir=tmp_path))) / "history.db"
        path.write_bytes(content)
        return f"sqlite:///{path}"

    return copy
