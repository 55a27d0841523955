"""Access that nobody uses for sixty days ends."""

from datetime import timedelta

import pytest

from clevenio.backoffice import operations as doors
from clevenio.backoffice.members import queries
from clevenio.people.addresses import address
from tests.backoffice.members.conftest import BOSS, OTHER
from tests.support.factories import NOW
from tests.support.staff import PASSWORD, give_app, make_member, pass_factor

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


class TestExpiry:
    """Access that nobody uses for sixty days."""

    @pytest.fixture
    def people(self, database, settings, clock):
        """An administrator and somebody in support, both last here at NOW."""
        with database.session() as session:
            made = [make_member(session, BOSS, "administrator"), make_member(session, OTHER, "support")]
            for each in made:
                each.last_used_at = NOW
                give_app(session, settings.secret_keys, each)
            session.commit()
            return made

    def log_in(self, client, email=OTHER):
        return client.post("/staff/login", data={"email": email, "password": PASSWORD})

    def test_it_ends_on_the_sixtieth_day_and_says_nothing_of_it(self, client, people, clock):
        clock.advance(days=60, seconds=-1)
        assert self.log_in(client).status_code == 303
        clock.advance(seconds=1)
        right, wrong = (
            self.log_in(client),
            client.post("/staff/login", data={"email": OTHER, "password": "no"}),
        )
        assert right.status_code == wrong.status_code == 422
        assert right.text == wrong.text

    def test_a_password_alone_is_no_use(self, client, people, clock):
        clock.advance(days=59)
        self.log_in(client)
        clock.advance(days=1)
        assert self.log_in(client).status_code == 422

    def test_coming_in_is_a_use(self, client, people, clock):
        clock.advance(days=59)
        self.log_in(client)
        assert pass_factor(client, clock.now).status_code == 303
        clock.advance(days=59)
        assert self.log_in(client).status_code == 303

    def test_the_last_administrators_does_not_end(self, client, people, clock):
        clock.advance(days=900)
        assert self.log_in(client, BOSS).status_code == 303

    def test_of_two_administrators_the_one_who_was_here_last_stays(self, client, people, clock, database):
        with database.session() as session:
            late = make_member(session, "late@example.com", "administrator")
            late.last_used_at = NOW + timedelta(days=1)
            session.commit()
        clock.advance(days=900)
        assert self.log_in(client, BOSS).status_code == 422
        assert self.log_in(client, "late@example.com").status_code == 303

    def test_a_new_invitation_opens_it_again(self, client, people, clock, database, settings):
        clock.advance(days=61)
        with database.session() as session:
            path = doors.invite(session, settings, address(OTHER), (), "command", clock.now)
            session.commit()
        assert client.post(path, data={"password": PASSWORD}).status_code == 303
        assert pass_factor(client, clock.now).status_code == 303

    def test_the_list_says_who_ended_and_who_will(self, database, people, settings):
        with database.session() as session:
            late = NOW + timedelta(days=61)
            states = {each.member.email: each for each in queries.entries(session, settings, late)}
            assert states[OTHER].state == queries.State.EXPIRED
            assert states[BOSS].state == queries.State.ACTIVE
            assert (states[OTHER].ends_at, states[BOSS].ends_at) == (NOW + timedelta(days=60), None)
