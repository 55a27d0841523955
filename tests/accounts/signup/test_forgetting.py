"""A signup that nobody verifies, or that its reader refuses, is forgotten."""

import pytest
from sqlalchemy import select

from clevenio.accounts import signups
from clevenio.outbox import Mail
from clevenio.people import links
from clevenio.registry import load
from tests.accounts.signup.conftest import EMAIL, GOOD
from tests.support.retention import let_go


def test_what_was_never_verified_is_forgotten_after_seven_days(
    sign_up, database, clock, counts, other_session
):
    sign_up()
    clock.advance(days=3)
    sign_up(email="later@example.com")
    with database.session() as session:
        let_go(session, signups.SWEEPS, clock.advance(days=4))
        session.commit()
    assert counts()[0] == 1
    with other_session() as session:
        assert sorted(mail.recipient for mail in session.scalars(select(Mail))) == ["", "later@example.com"]
    assert load().periods["unverified_signup"].number == links.LIFETIME["verify"].days


@pytest.mark.parametrize("state", ["failed", "uncertain", "withheld", "let_go"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_mistyped_is_forgotten_however_its_mail_ended(
    sign_up, database, clock, other_session, state
):
    sign_up()
    with database.session() as session:
        mail = session.scalars(select(Mail)).one()
        mail.state, mail.message, mail.reply = state, b"To: a@example.com", "550 no a@example.com"
        session.commit()
    with database.session() as session:
        let_go(session, signups.SWEEPS, clock.advance(days=7))
        session.commit()
    with other_session() as session:
        mail = session.scalars(select(Mail)).one()
    ended = state if state in ("withheld", "let_go") else "let_go"
    assert (mail.state, mail.recipient, mail.message, mail.reply) == (ended, "", b"", None)


def test_who_did_not_sign_up_has_it_deleted(sign_up, client, counts, other_session):
    path = sign_up(newsletter="yes")
    response = client.post(f"{path}/refusal")
    assert (response.status_code, response.location) == (303, path)
    assert "No account was opened" in client.get(path).text
    assert counts()[:3] == (0, 0, 0)
    with other_session() as session:
        assert [mail.recipient for mail in session.scalars(select(Mail))] == [""]
    # The link is used up: nobody can open the account by it afterwards.
    assert client.post(path).status_code == 303
    assert client.post(f"{path}/refusal").status_code == 303
    assert counts()[:3] == (0, 0, 0)
    assert client.post("/en/login", data={"email": EMAIL, "password": GOOD["password"]}).status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_after_a_refusal_the_same_form_is_a_new_one_and_gets_its_mail(sign_up, client, counts, mailbox):
    for count in (1, 2):
        path = sign_up()
        # Pressed twice it is one form, and one mail.
        assert sign_up() == path
        assert (len(mailbox.all(EMAIL)), counts()[0]) == (count, 1)
        client.post(f"{path}/refusal")
    assert counts()[0] == 0


def test_refusing_undoes_no_account(sign_up, client, counts):
    path = sign_up()
    client.post(path)
    client.post(f"{path}/refusal")
    assert counts()[1] == 1
    assert "Your account is open" in client.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_site_cannot_refuse(sign_up, client, counts):
    path = sign_up()
    assert client.post(f"{path}/refusal", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert counts()[0] == 1
