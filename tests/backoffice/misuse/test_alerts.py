"""Alerts reach administrators and stay until a person has looked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select

from clevenio import audit
from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice.misuse import operations
from clevenio.backoffice.misuse.models import Alert
from clevenio.outbox import Mail
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.factories import NOW
from tests.support.staff import make_member

PATH = "/staff/alerts"


@pytest.fixture
def administrator(sign_in_staff, clock):
    return sign_in_staff("administrator", email="boss@example.com")


@pytest.fixture
def unusual(database):
    """`unusual(actor)`: an export of very many rows, to be found."""

    def make(actor="command"):
        with database.session() as session:
            audit.record(session, actor=actor, action="audience.export", now=NOW, details={"rows": 10**6})
            session.commit()

    return make


@pytest.fixture
def look(app):
    """The worker comes by."""
    return lambda: app.extensions["clevenio"].jobs.run("misuse")


@pytest.fixture
def read(other_session):
    def rows(model, **which):
        with other_session() as session:
            return session.scalars(select(model).filter_by(**which)).all()

    return rows


def member_id(read, email):
    return read(StaffMember, email=email)[0].id


def test_it_is_mailed_without_a_name_and_stands_on_the_overview_until_somebody_looked(
    administrator, unusual, look, read
):
    unusual()
    look()
    (mail,) = read(Mail, kind="alert")
    assert mail.recipient == "boss@example.com"
    assert b"1 unusual login or export was found." in mail.message
    assert b"/staff/alerts" in mail.message
    assert "1 unusual login or export waits for a look" in administrator.get("/staff/").text
    page = administrator.get(PATH)
    assert "1,000,000 rows left in one day." in page.text
    (alert,) = read(Alert)
    path = f"{PATH}/{alert.id}/acknowledgement"
    assert administrator.post(path, data={"csrf_token": form_token(page)}).status_code == 303
    assert "unusual login or export waits" not in administrator.get("/staff/").text
    assert "Looked at" in administrator.get(PATH).text
    (entry,) = read(AuditEntry, action="alert.acknowledge")
    assert entry.details == {"alert": alert.id, "rule": "many_rows", "entry": alert.entry}


def test_one_mail_tells_of_all_that_is_new(administrator, unusual, look, read):
    unusual("command")
    unusual("system")
    look()
    look()
    assert len(read(Mail, kind="alert")) == 1
    assert len(read(Alert)) == 2


def test_two_workers_at_once_tell_once(administrator, unusual, look, read):
    unusual()
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(look) for _ in range(2)]:
            done.result()
    assert (len(read(Mail, kind="alert")), len(read(Alert))) == (1, 1)


def test_nobody_waves_off_what_is_about_themselves_while_there_is_another(
    administrator, unusual, look, read, database
):
    mine = member_id(read, "boss@example.com")
    unusual(f"staff:{mine}")
    look()
    page = administrator.get(PATH)
    alert = next(each for each in read(Alert) if each.rule == "many_rows")
    with database.session() as session:
        make_member(session, "second@example.com", "administrator")
        session.commit()
    path, data = f"{PATH}/{alert.id}/acknowledgement", {"csrf_token": form_token(page)}
    response = administrator.post(path, data=data)
    assert response.status_code == 403
    assert "This alert is about you." in response.text
    assert read(Alert, id=alert.id)[0].acknowledged_at is None
    with database.session() as session:
        session.scalars(
            select(StaffMember).where(StaffMember.email == "second@example.com")
        ).one().disabled_at = NOW
        session.commit()
    assert administrator.post(path, data=data).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_whose_access_has_ended_is_no_other_administrator(
    administrator, unusual, look, read, database
):
    unusual(f"staff:{member_id(read, 'boss@example.com')}")
    look()
    with database.session() as session:
        make_member(session, "second@example.com", "administrator", now=NOW - timedelta(days=61))
        session.commit()
    alert = next(each for each in read(Alert) if each.rule == "many_rows")
    data = {"csrf_token": form_token(administrator.get(PATH))}
    assert administrator.post(f"{PATH}/{alert.id}/acknowledgement", data=data).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_alert_that_is_not_there_is_a_page_not_found(administrator):
    token = form_token(administrator.get(PATH))
    assert administrator.post(f"{PATH}/999/acknowledgement", data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_without_the_forms_token_nothing_is_waved_off(administrator, unusual, look, read):
    unusual()
    look()
    assert administrator.post(f"{PATH}/{read(Alert)[0].id}/acknowledgement").status_code == 400
    assert read(Alert)[0].acknowledged_at is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_unusual_says_what_would_be_here(administrator, look):
    look()
    assert "Nothing unusual" in administrator.get(PATH).text


class TestRefusedLogins:
    @pytest.fixture
    def try_in(self, app):
        def attempt(email, network="192.0.2.1"):
            client = new_client(app)
            client.environ_base["REMOTE_ADDR"] = network
            data = {"email": email, "password": "a wrong pass phrase of nobody"}
            assert client.post("/staff/login", data=data).status_code == 422

        return attempt

    def test_each_is_an_entry_that_names_no_address_and_no_network(
        self, administrator, try_in, read, settings
    ):
        try_in("boss@example.com")
        try_in("nobody@example.com")
        known, unknown = read(AuditEntry, action="staff.login_refused")
        mine = member_id(read, "boss@example.com")
        assert known.subject == subject_hash(settings.suppression_key, mine)
        assert unknown.subject is None
        assert (known.actor, unknown.actor) == ("system", "system")
        assert known.details == unknown.details
        assert len(known.details["network"]) == 16
        assert "192" not in str(known.details)

    def test_both_do_the_same_work(self, administrator, try_in):
        written = []
        for email in ("boss@example.com", "nobody@example.com"):
            statements = []

            def note(_connection, _cursor, statement, *_rest, statements=statements):
                statements.append(statement.split()[0])

            event.listen(Engine, "before_cursor_execute", note)
            try_in(email)
            event.remove(Engine, "before_cursor_execute", note)
            written.append([each for each in statements if each in ("INSERT", "UPDATE")])
        assert written[0] == written[1]
        assert "INSERT" in written[0]

    def test_from_many_networks_an_alert_names_the_member(self, administrator, try_in, look, read):
        for number in range(3):
            try_in("boss@example.com", f"192.0.{number}.1")
        look()
        assert [alert.rule for alert in read(Alert)] == ["many_networks"]
        page = administrator.get(PATH).text
        assert "Refused tries to get in from 3 networks within a day." in page

    def test_it_is_not_waved_off_by_the_one_whose_access_it_was(
        self, administrator, try_in, look, read, database
    ):
        for number in range(3):
            try_in("boss@example.com", f"192.0.{number}.1")
        look()
        with database.session() as session:
            make_member(session, "second@example.com", "administrator")
            session.commit()
        (alert,) = read(Alert)
        data = {"csrf_token": form_token(administrator.get(PATH))}
        assert administrator.post(f"{PATH}/{alert.id}/acknowledgement", data=data).status_code == 403
        assert read(Alert)[0].acknowledged_at is None


def test_looking_ends_where_the_trail_ended(database, settings, unusual):
    unusual()
    with database.session() as session:
        assert operations.look(session, settings, NOW) == 1
        assert operations.look(session, settings, NOW) == 0
