"""Whatever people do in whatever order, what a platform has and would not be given now is in its removal file, and nothing else.

The model knows nothing of people: it holds the digests that files brought to each platform and took out again.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from sqlalchemy import select

from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import Choice
from clevenio.consent import ledger
from clevenio.consent.notices import signup_notice
from clevenio.errors import Refused
from clevenio.people import operations as people
from clevenio.people.identifiers import address
from clevenio.people.models import Person
from clevenio.rights import erasure, requests
from clevenio.rights.recipients import closing, former, opening, uploads
from clevenio.rights.retention import expiry
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PLATFORMS = ("google", "meta", "reddit-email", "tiktok")
PEOPLE, NUMBERS = range(4), range(3)
# Each example has people and numbers of its own in one database, so that it need not be emptied.
examples = count(1)

steps = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["join", "withdraw", "object", "ask erasure", "rule"]), st.sampled_from(PEOPLE)
        ),
        st.tuples(st.just("renumber"), st.sampled_from(PEOPLE), st.sampled_from([None, *NUMBERS])),
        st.tuples(st.just("move"), st.sampled_from(PEOPLE), st.sampled_from(["a", "b"])),
        st.tuples(st.sampled_from(["export", "tick", "take out"]), st.sampled_from(PLATFORMS)),
    ),
    min_size=4,
    max_size=12,
)


class Play:
    """One history, and what platforms have by the files alone: `held` now, `ever` at any time."""

    def __init__(self, database, settings):
        self.database, self.settings = database, settings
        self.number, self.hour = next(examples), 0
        self.held, self.ever = defaultdict(set), defaultdict(set)
        self.emails = [self.spelling(who, "a") for who in PEOPLE]

    @property
    def now(self):
        return NOW + timedelta(hours=self.hour)

    def step(self, act, *arguments):
        self.hour += 1
        with self.database.session() as session:
            getattr(self, act.replace(" ", "_"))(session, *arguments)
            session.commit()

    def person(self, session, who):
        return session.scalars(select(Person).where(Person.address_key == self.emails[who])).one_or_none()

    def spelling(self, who, variant):
        """Two have a mailbox each, in two spellings; what the others have, some platforms take for one."""
        wide = {
            (2, "a"): "b.c-{}@example.fi",
            (2, "b"): "bc-{}@example.fi",
            (3, "a"): "bc{}+x@example.fi",
            (3, "b"): "bc{}@example.fi",
        }
        dots = f"a.{who}.of.{{}}@gmail.com" if variant == "a" else f"a{who}.of{{}}@gmail.com"
        return wide.get((who, variant), dots).format(self.number)

    def phone(self, number):
        return None if number is None else f"+4670{self.number:05}{number:02}"

    def decide(self, session, person, state):
        people.decide(
            session,
            person,
            {"ad_audiences": state},
            channel=ledger.Channel.ACCOUNT,
            notice=signup_notice("fi"),
            language="fi",
            now=self.now,
        )

    def join(self, session, who):
        """Somebody agrees, or agrees again; whoever was erased comes as somebody new."""
        person = people.find_or_add(
            session,
            self.settings.suppression_key,
            address(self.emails[who]),
            language="fi",
            source="signup",
            now=self.now,
            profile={"phone": self.phone(who % len(NUMBERS))},
        )
        self.decide(session, person, ledger.State.GRANTED)

    def withdraw(self, session, who):
        if person := self.person(session, who):
            self.decide(session, person, ledger.State.WITHDRAWN)

    def object(self, session, who):
        if person := self.person(session, who):
            people.withdraw_everything(
                session,
                person,
                channel=ledger.Channel.UNSUBSCRIBE_PAGE,
                notice=signup_notice("fi"),
                language="fi",
                now=self.now,
            )

    def ask_erasure(self, session, who):
        if person := self.person(session, who):
            asked = requests.ask_for_erasure(session, self.settings, person.id, "fi", self.now)
            erasure.begin(session, self.settings, asked.id, "staff:1", self.now)

    def rule(self, session, who):
        if person := self.person(session, who):
            expiry.erase(session, self.settings, person, self.now)

    def renumber(self, session, who, number):
        if person := self.person(session, who):
            key = self.settings.suppression_key
            people.change(key, person, {"phone": self.phone(number)}, self.now)

    def move(self, session, who, variant):
        """To another spelling of the same mailbox, or to another mailbox, and perhaps back."""
        person, email = self.person(session, who), self.emails[who]
        to = self.spelling(who, variant)
        if person and to != email:
            people.move(session, self.settings.suppression_key, person, address(to), self.now)
            self.emails[who] = to

    def tick(self, session, _name):
        opening.catch_up(session, self.settings, self.now)

    def export(self, session, name):
        brought = self.file(session, name, is_removal=False)
        self.held[name] |= brought
        self.ever[name] |= brought

    def take_out(self, session, name):
        """The removal file is uploaded, and that is written down."""
        opening.catch_up(session, self.settings, self.now)
        self.held[name] -= self.file(session, name, is_removal=True)
        try:
            with self.database.session() as closed:
                closing.close_file(closed, self.settings, name, self.now.date(), "staff:1", self.now)
                closed.commit()
        except Refused:
            pass  # nobody of theirs waited

    def file(self, session, name, *, is_removal):
        """The digests of a file, made the whole way; none where there is nobody to make one of."""
        session.commit()
        chosen = platform(name, self.settings.data)
        try:
            with self.database.session() as ordering:
                if is_removal:
                    ordered = order_removal(ordering, chosen, actor="command", now=self.now)
                else:
                    ordered = order(
                        ordering, self.settings, chosen, Choice("all", {}), actor="command", now=self.now
                    )
                ordering.commit()
        except Refused:
            return set()
        with handout(self.database, self.settings, chosen, ordered.id, now=self.now) as ready:
            content = b"".join(stream(ready)).decode()
        return {cell for line in content.splitlines()[1:] for cell in line.split(",")} - {""}


@pytest.fixture(autouse=True)
def some_platforms(monkeypatch, settings):
    """Looking through all of them at each step costs more than it shows."""
    for module in (uploads, former):
        monkeypatch.setattr(module, "platforms", lambda data: [platform(name, data) for name in PLATFORMS])


def play(database, settings, history):
    acts = Play(database, settings)
    for act in history:
        acts.step(*act)
    for name in PLATFORMS:
        acts.step("tick", name)
        with database.session() as session:
            removed = acts.file(session, name, is_removal=True)
            given_now = acts.file(session, name, is_removal=False)
        # Of this example: the digests of others come from others.
        removed &= acts.ever[name]
        assert acts.held[name] - given_now <= removed, "somebody who left stays with the platform"
        assert removed & given_now == set(), "somebody who is in is taken out"


quick = tried(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
thorough = tried(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(history=steps)
def test_whoever_left_is_in_the_removal_file_of_whoever_had_them_and_nobody_else_is(
    database, settings, history
):
    play(database, settings, history)


@pytest.mark.slow
@thorough
@given(history=steps)
def test_and_so_it_is_after_many_more_histories(database, settings, history):
    play(database, settings, history)
