"""What counts as unusual, and from where on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.accounts.models import LoginSession
from clevenio.audit import AuditEntry
from clevenio.backoffice.misuse import operations
from clevenio.backoffice.misuse.models import Alert
from clevenio.backoffice.misuse.rules import RULES
from clevenio.backoffice.misuse.thresholds import FILE, Thresholds, thresholds
from clevenio.errors import BadInput
from clevenio.rights.trail_words import ACTIONS
from tests.support.factories import NOW
from tests.support.staff import make_member

LIMITS = Thresholds(
    many_rows=1000,
    many_exports=3,
    many_lookups=3,
    night_from=22,
    night_until=6,
    many_refusals=4,
    many_networks=3,
    long_rest_days=30,
)
DAY = timedelta(days=1)


@pytest.fixture
def member(database):
    with database.session() as session:
        made = make_member(session, "marketer@example.com", "marketer")
        session.commit()
        return made.id


@pytest.fixture
def act(database, member):
    """`act("audience.export", rows=5)`: an entry of the member, made at `now`."""

    def record(action, now=NOW, subject=None, actor=None, **details):
        with database.session() as session:
            entry = audit.record(
                session,
                actor=actor or f"staff:{member}",
                action=action,
                now=now,
                subject=subject,
                details=details,
            )
            session.commit()
            return entry.sequence

    return record


@pytest.fixture
def found(database, settings):
    """The rules that found something, and their counts."""

    def look(limits=LIMITS):
        with database.session() as session:
            operations.look(session, settings, NOW, limits)
            session.commit()
            rows = session.scalars(select(Alert).order_by(Alert.id)).all()
            return [(row.rule, row.details) for row in rows]

    return look


@pytest.fixture
def experienced(act):
    """The member exported something long ago."""
    act("audience.export", now=NOW - timedelta(days=90))


class TestExports:
    def test_the_first_of_a_member_is_told_and_no_later_one(self, act, found):
        act("audience.export", rows=5)
        assert found() == [("first_export", {})]
        act("audience.removal", rows=5)
        assert found() == [("first_export", {})]

    @pytest.mark.usefixtures("experienced")
    def test_an_ordinary_one_is_nothing(self, act, found):
        found()
        act("audience.export", rows=999)
        assert found() == [("first_export", {})]

    @pytest.mark.usefixtures("experienced")
    @pytest.mark.parametrize("rows", [(1000,), (600, 400)])
    def test_many_rows_in_a_day_in_one_file_or_in_several(self, act, found, rows):
        for each in rows:
            act("audit.export", rows=each)
        assert ("many_rows", {"rows": 1000}) in found()

    @pytest.mark.usefixtures("experienced")
    def test_rows_of_two_days_do_not_add_up(self, act, found):
        act("audience.export", rows=600, now=NOW - DAY)
        act("audience.export", rows=600)
        assert "many_rows" not in dict(found())

    @pytest.mark.usefixtures("experienced")
    def test_many_files_in_a_day(self, act, found):
        for _ in range(2):
            act("audience.export", rows=1)
        assert "many_exports" not in dict(found())
        act("audience.removal", rows=1)
        assert ("many_exports", {"exports": 3}) in found()

    @pytest.mark.usefixtures("experienced")
    def test_what_others_did_does_not_count(self, act, found):
        for _ in range(5):
            act("audience.export", rows=900, actor=f"staff:{uuid4()}")
        act("audience.export", rows=1)
        assert "many_exports" not in dict(found())

    @pytest.mark.usefixtures("experienced")
    @pytest.mark.parametrize(("hour", "is_night"), [(18, False), (19, True), (2, True), (3, False)], ids=str)
    def test_at_night_by_the_clock_of_the_site(self, act, found, hour, is_night):
        # Helsinki is three hours ahead in June: 22.00 there is 19.00 in UTC.
        act("audience.export", rows=1, now=NOW.replace(hour=hour, minute=0))
        assert ("night_export" in dict(found())) == is_night

    def test_a_command_may_run_at_night_but_its_many_rows_are_told(self, act, found):
        act("audience.export", rows=5000, actor="command", now=NOW.replace(hour=23))
        assert found() == [("many_rows", {"rows": 5000})]


class TestLookups:
    def test_many_people_in_a_day(self, act, found):
        for number in range(3):
            act("people.find", subject=f"{number:064}")
        assert found() == [("many_lookups", {"people": 3})]

    def test_each_door_counts_and_so_does_each_search_for_nobody(self, act, found):
        act("audience.explain")
        act("agreements.read")
        assert found() == []
        act("audit.find", subject="a" * 64)
        assert found() == [("many_lookups", {"people": 3})]

    def test_the_same_person_over_and_over_is_one(self, act, found):
        for _ in range(9):
            act("people.find", subject="a" * 64)
        assert found() == []


class TestRefusals:
    def test_many_at_one_member_in_a_day_whatever_the_door(self, act, found):
        for action in ("staff.login_refused", "staff.factor_refused") * 2:
            act(action, subject="a" * 64, network="one")
        assert found() == [("many_refusals", {"refusals": 4})]

    def test_from_many_networks(self, act, found):
        for network in ("one", "two", "three"):
            act("staff.login_refused", subject="a" * 64, network=network)
        assert found() == [("many_networks", {"networks": 3})]

    def test_of_several_days_they_do_not_add_up(self, act, found):
        for days in range(6):
            act("staff.login_refused", subject="a" * 64, network="one", now=NOW + days * DAY)
        assert found() == []

    def test_at_addresses_that_nobody_has_nothing_is_told(self, act, found):
        for network in range(20):
            act("staff.login_refused", network=str(network))
        assert found() == []


class TestLogins:
    @pytest.fixture
    def log_in(self, act, database, member):
        """A login at `now`, and the session that it began."""

        def begin(now=NOW, browser="Firefox, Linux", by="app"):
            with database.session() as session:
                row = LoginSession(
                    hash=uuid4().hex * 2,
                    kind="staff",
                    member=member,
                    browser=browser,
                    created_at=now,
                    seen_at=now,
                    ends_at=now + DAY,
                    confirmed_at=now,
                )
                session.add(row)
                session.commit()
            act("staff.login", now=now, by=by)

        return begin

    def test_the_first_ever_is_nothing(self, log_in, found):
        log_in()
        assert found() == []

    def test_from_a_browser_not_seen_before(self, log_in, found):
        log_in(NOW - DAY)
        log_in(NOW, "Chrome, Windows")
        assert found() == [("new_browser", {})]
        log_in(NOW + DAY, "Chrome, Windows")
        log_in(NOW + 2 * DAY)
        assert found() == [("new_browser", {})]

    def test_after_a_long_rest(self, log_in, found):
        log_in(NOW - 31 * DAY)
        log_in(NOW)
        assert found() == [("long_rest", {"days": 31})]
        log_in(NOW + 29 * DAY)
        assert found() == [("long_rest", {"days": 31})]

    def test_by_a_recovery_code(self, log_in, found):
        log_in(by="recovery code")
        assert found() == [("recovery_code", {})]


@pytest.mark.parametrize("actor", ["system", "staff:nobody", "staff:", ""])
def test_an_entry_that_was_tampered_with_stops_nothing(act, found, actor):
    for _ in range(2):
        act("staff.login", actor=actor, by="app")
    act("audience.export", actor="command", rows=5000)
    assert found() == [("many_rows", {"rows": 5000})]


class TestOnce:
    def test_nothing_is_told_twice(self, act, found, database):
        act("audience.export", rows=5000)
        first = found()
        assert found() == first
        with database.session() as session:
            session.get(operations.ReadUpTo, 1).sequence = 0
            session.commit()
        assert found() == first

    def test_a_trail_longer_than_a_batch_is_read_to_its_end(self, act, found, database, monkeypatch):
        monkeypatch.setattr(operations, "BATCH", 2)
        for _ in range(4):
            act("made.up")
        act("audience.export", rows=5000)
        for _ in range(3):
            last = found()
        assert ("many_rows", {"rows": 5000}) in last
        with database.session() as session:
            newest = session.scalars(select(AuditEntry.sequence).order_by(AuditEntry.sequence.desc())).first()
            assert session.get(operations.ReadUpTo, 1).sequence == newest


def test_the_thresholds_that_come_with_the_program_are_usable():
    assert thresholds().many_rows > 0


@pytest.mark.parametrize(
    ("text", "said"), [("", "names other things"), (FILE.read_text() + "\nnew = 1", "names other things")]
)
def test_a_file_that_names_other_things_is_refused(tmp_path, text, said):
    path = tmp_path / "thresholds.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        thresholds(path)


@pytest.mark.parametrize("wrong", ["0", "-1", "true", '"ten"', "1.5"])
def test_a_threshold_that_is_no_number_is_refused(tmp_path, wrong):
    path = tmp_path / "thresholds.toml"
    path.write_text(FILE.read_text().replace("many_exports = 10", f"many_exports = {wrong}"))
    with pytest.raises(BadInput, match="whole number"):
        thresholds(path)


def test_every_action_that_is_looked_at_is_one_that_is_written():
    assert RULES.keys() <= ACTIONS.keys()
