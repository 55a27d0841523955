"""`clevenio accounts`: acts of staff, each with its reason in the audit trail."""

import pytest
from sqlalchemy import select

from clevenio.accounts import queries
from clevenio.audit import AuditEntry, subject_hash
from clevenio.errors import BadInput, Missing
from clevenio.people.addresses import address
from tests.support.accounts import PASSWORD
from tests.support.application import new_client
from tests.support.factories import SUPPRESSION_KEY
from tests.support.mailbox import link_in

EMAIL, NEW = "aino@example.com", "aino.uusi@example.fi"


@pytest.fixture
def run(app):
    """`run("disable", ...)`: the command's result; what it raises is raised."""

    def command(*arguments):
        return app.test_cli_runner().invoke(args=["accounts", *arguments], catch_exceptions=False)

    return command


@pytest.fixture
def trail(other_session):
    def entries():
        with other_session() as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))

    return entries


def may_log_in(app):
    answer = new_client(app).post("/en/login", data={"email": EMAIL, "password": PASSWORD})
    return answer.status_code == 303


def test_a_disabled_account_is_out_and_its_sessions_do_not_come_back(
    sign_in_account, app, run, trail, other_session
):
    client = sign_in_account()
    assert run("disable", EMAIL, "--reason", "asked by the holder").exit_code == 0
    assert client.get("/en/account").status_code == 303
    assert not may_log_in(app)
    assert run("enable", EMAIL, "--reason", "asked by the holder").exit_code == 0
    assert client.get("/en/account").status_code == 303
    assert may_log_in(app)
    with other_session() as session:
        person = queries.account_at(session, address(EMAIL).key).person_id
    subject = subject_hash(SUPPRESSION_KEY, person)
    found = [(e.action, e.actor, e.reason, e.subject) for e in trail() if e.action.startswith("account.")]
    assert found == [
        ("account.disable", "command", "asked by the holder", subject),
        ("account.enable", "command", "asked by the holder", subject),
    ]


def test_an_account_whose_mailbox_is_gone_moves_once_the_new_one_confirms(
    sign_in_account, app, run, trail, worker, mailbox, clock, other_session
):
    client = sign_in_account()
    assert run("move", EMAIL, NEW, "--reason", "shown by the company's registry").exit_code == 0
    worker()
    with other_session() as session:
        assert queries.account_at(session, address(NEW).key) is None
    new_client(app).post(link_in(mailbox.newest(NEW), "/a/"))
    assert NEW in client.get("/en/account").text
    assert [entry.action for entry in trail() if entry.action.startswith("account.")] == ["account.move"]


def test_the_old_mailbox_can_stop_it_if_somebody_reads_it_after_all(
    sign_in_account, app, run, worker, mailbox, clock, other_session
):
    sign_in_account()
    run("move", EMAIL, NEW, "--reason", "shown")
    worker()
    new_client(app).post(link_in(mailbox.newest(EMAIL), "/a/") + "/refusal")
    new_client(app).post(link_in(mailbox.newest(NEW), "/a/"))
    with other_session() as session:
        assert queries.account_at(session, address(NEW).key) is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_cannot_be_done_is_said_and_leaves_no_trace(sign_in_account, run, trail):
    sign_in_account()
    before = len(trail())
    with pytest.raises(Missing):
        run("disable", "nobody@example.com", "--reason", "x")
    with pytest.raises(BadInput):
        run("move", EMAIL, "no address", "--reason", "x")
    with pytest.raises(BadInput):
        run("move", EMAIL, EMAIL, "--reason", "x")
    assert run("disable", EMAIL).exit_code == 2
    assert len(trail()) == before
