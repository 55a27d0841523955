"""`clevenio accounts`: acts of staff, each with its reason in the audit trail."""

import pytest
from sqlalchemy import select

from clevenio.accounts import queries
from clevenio.audit import AuditEntry, subject_hash
from clevenio.errors import BadInput, Missing, Refused
from clevenio.people.addresses import address
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import new_client
from tests.support.factories import SUPPRESSION_KEY
from tests.support.mailbox import link_in, text_of

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


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 20_000, "a\x1b[31m\nb", "because x@example.com said so"])
@pytest.mark.parametrize("act", [("disable", EMAIL), ("enable", EMAIL), ("move", EMAIL, NEW)])
def test_a_reason_that_must_not_be_kept_is_refused_before_anything_is_done(
    sign_in_account, app, run, trail, act, reason
):
    client = sign_in_account()
    before = len(trail())
    with pytest.raises(BadInput):
        run(*act, "--reason", reason)
    assert client.get("/en/account").status_code == 200
    assert len(trail()) == before


def test_each_act_says_what_it_did_and_a_second_one_that_nothing_changed(sign_in_account, run, trail):
    sign_in_account()
    said = [run(act, EMAIL, "--reason", "asked").output for act in ("disable", "disable", "enable", "enable")]
    assert said == [
        "The account is disabled, and its logins have ended.\n",
        "The account was disabled already; nothing changed.\n",
        "The account is open again.\n",
        "The account was not disabled; nothing changed.\n",
    ]
    assert [e.action for e in trail() if e.action.startswith("account.")] == [
        "account.disable",
        "account.enable",
    ]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_move_that_can_never_complete_is_refused(sign_in_account, database, run, trail, clock):
    sign_in_account()
    before = len(trail())
    with database.session() as session:
        make_account(session, "taken@example.com")
        session.commit()
    with pytest.raises(Refused, match="somebody else"):
        run("move", EMAIL, "taken@example.com", "--reason", "shown")
    run("disable", EMAIL, "--reason", "asked")
    with pytest.raises(Refused, match="disabled"):
        run("move", EMAIL, NEW, "--reason", "shown")
    assert [e.action for e in trail()[before:]] == ["account.disable"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_move_says_at_both_addresses_that_staff_began_it_and_that_the_new_one_is_enough(
    sign_in_account, app, run, worker, mailbox, clock
):
    client = sign_in_account()
    assert "once the new one confirms" in run("move", EMAIL, NEW, "--reason", "shown").output
    worker()
    own, stranger = client.get("/en/account/security").text, new_client(app)
    assert "Our staff have started moving your account" in own
    assert "has confirmed; the new one not yet" not in own
    mails = {to: text_of(mailbox.newest(to)) for to in (EMAIL, NEW)}
    old, new = (link_in(mailbox.newest(to), "/a/") for to in (EMAIL, NEW))
    assert "Our staff have started" in mails[EMAIL]
    assert "asked our staff" in mails[NEW]
    pages = {path: stranger.get(path).text for path in (old, new)}
    assert "it is enough that the new address confirms" in pages[old]
    assert "Confirm the change" not in pages[old]
    assert "Stop the change" in pages[old]
    assert "the account moves at once" in pages[new]
    for text in (*mails.values(), *pages.values()):
        assert "both have confirmed" not in text
        assert "knows its password" not in text
        assert "knows your password" not in text
    # A press at the old address by hand changes nothing, and claims nothing.
    stranger.post(old)
    assert "Half is done" not in stranger.get(old).text
    stranger.post(new)
    assert "The address has changed" in stranger.get(new).text
    for to in (EMAIL, NEW):
        assert "Both addresses" not in text_of(mailbox.newest(to))
        assert "Our staff started" in text_of(mailbox.newest(to))
