"""A forgotten password of staff: one answer for everybody, a link that works once, and the second factor after it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio.accounts import guessing
from clevenio.accounts.models import LoginSession, MailRequest
from clevenio.audit import AuditEntry
from clevenio.backoffice.reset import operations
from clevenio.outbox import Mail
from clevenio.people.staff_members import StaffMember
from tests.backoffice.test_known_browsers import attack, cookie, log_in
from tests.support.accounts import make_account
from tests.support.application import new_client
from tests.support.mailbox import link_in, text_of
from tests.support.staff import PASSWORD, give_app, make_member, pass_factor
from tests.support.staff import SUPPORT as EMAIL

NEW = "another made-up pass phrase of staff"
PAGE = "/staff/new-password"


@pytest.fixture
def link(client, member, worker, mailbox):
    """The path of a link that was mailed to the member."""
    return mailed(client, worker, mailbox)


def ask(client, email=EMAIL):
    return client.post(PAGE, data={"email": email})


def mailed(client, worker, mailbox):
    ask(client)
    worker()
    return link_in(mailbox.newest(EMAIL), f"{PAGE}/")


def change(database, member, **values):
    with database.session() as session:
        kept = session.get_one(StaffMember, member.id)
        for name, value in values.items():
            setattr(kept, name, value)
        session.commit()


def test_from_the_request_through_the_second_factor_to_the_back_office(
    client, app, member, link, worker, mailbox, clock, other_session
):
    assert "For the access of support@example.com." in client.get(link).text
    response = client.post(link, data={"password": NEW})
    assert (response.status_code, response.location) == (303, "/staff/factor")
    assert client.get("/staff/").location.startswith("/staff/factor")
    assert pass_factor(client, clock.now).location == "/staff/"
    assert client.get("/staff/").status_code == 200
    worker()
    assert mailbox.newest(EMAIL)["Subject"] == "Your password was changed"
    assert [log_in(new_client(app), each) for each in (PASSWORD, NEW)] == [422, 303]
    with other_session() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert actions[:2] == ["staff.password_reset", "staff.login"]


def test_it_lets_a_member_in_on_a_new_device_while_an_attack_runs(app, member, worker, mailbox, clock):
    attack(app)
    fresh = new_client(app)
    assert log_in(fresh, network="203.0.113") == 429
    page = fresh.get("/staff/login")
    assert f'href="{PAGE}"' in page.text
    path = mailed(fresh, worker, mailbox)
    attack(app, networks=5)
    assert fresh.post(path, data={"password": NEW}).status_code == 303
    assert cookie(fresh) == ""
    assert pass_factor(fresh, clock.now).location == "/staff/"
    # And from now on by the door itself.
    fresh.delete_cookie("session")
    assert log_in(fresh, NEW) == 303


def test_everybody_gets_one_answer_and_only_who_may_come_in_with_a_factor_a_mail(
    app, database, member, settings, worker, mailbox, clock, other_session
):
    with database.session() as session:
        make_member(session, "bare@example.com", "support")
        for name, value in (
            ("invited", "activated_at"),
            ("disabled", "disabled_at"),
            ("resting", "last_used_at"),
        ):
            made = make_member(session, f"{name}@example.com", "support")
            give_app(session, settings.secret_keys, made)
            moments = {
                "activated_at": None,
                "disabled_at": clock.now,
                "last_used_at": clock.now - timedelta(days=settings.staff_access_days),
            }
            setattr(made, value, moments[value])
        make_account(session, "customer@example.com")
        session.commit()
    names = ["support", "nobody", "bare", "invited", "disabled", "resting", "customer"]
    answers = [ask(new_client(app), f"{name}@example.com") for name in names]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{PAGE}/mail")}
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(MailRequest)) == len(names)
    worker()
    assert [str(mail["To"]) for mail in mailbox.all()] == [EMAIL]


@pytest.mark.parametrize("email", ["", "no address", "a@example.com\r\nBcc: x@example.com"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_no_address_is_named(client, other_session, email):
    response = ask(client, email)
    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    with other_session() as session:
        assert session.scalars(select(MailRequest)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_network_that_asks_too_often_is_told_so(client, member, monkeypatch):
    monkeypatch.setattr("clevenio.web.network.POSTS", guessing.Limit("few", 2, guessing.QUARTER))
    answers = [ask(client, f"somebody{number}@example.com").status_code for number in range(3)]
    assert answers == [303, 303, 429]


def test_a_stranger_who_asks_again_and_again_uses_no_link_up(client, member, worker, mailbox, clock):
    for _ in range(7):
        newest = mailed(client, worker, mailbox)
        assert client.get(newest).status_code == 200
        clock.advance(minutes=11)
    assert len(mailbox.all(EMAIL)) == operations.LINKS.most + 1


def test_a_link_works_once_and_for_an_hour(client, app, link, clock):
    assert client.post(link, data={"password": NEW}).status_code == 303
    assert [new_client(app).get(link).status_code, new_client(app).post(link).status_code] == [404, 404]


def test_a_link_ends_after_an_hour(client, link, clock):
    clock.advance(minutes=59)
    assert client.get(link).status_code == 200
    clock.advance(minutes=1)
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("what", ["password", "disabled_at", "activated_at"])
def test_a_link_from_before_another_password_or_a_closed_access_opens_nothing(
    app, link, member, database, clock, what
):
    change(
        database,
        member,
        **{what: {"password": "$argon2id$other", "disabled_at": clock.now, "activated_at": None}[what]},
    )
    client = new_client(app)
    assert client.get(link).status_code == 404
    assert client.post(link, data={"password": NEW}).status_code == 404
    assert client.get_cookie("session") is None


def test_a_link_to_who_has_lost_the_factors_meanwhile_opens_nothing(app, link, member, database):
    from clevenio.accounts.factors import operations as factors

    with database.session() as session:
        factors.reset(session, member.id)
        session.commit()
    assert new_client(app).post(link, data={"password": NEW}).status_code == 404


def test_every_session_ends_that_somebody_else_may_have(app, client, member, worker, mailbox, clock):
    thief = new_client(app)
    assert log_in(thief) == 303
    assert pass_factor(thief, clock.now).status_code == 303
    path = mailed(client, worker, mailbox)
    assert thief.get("/staff/").status_code == 200
    assert client.post(path, data={"password": NEW}).status_code == 303
    assert thief.get("/staff/").location.startswith("/staff/login")


@pytest.mark.parametrize("password", ["", "short", "password", EMAIL])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_password_that_will_not_do_uses_no_link_up(client, link, password, clock):
    response = client.post(link, data={"password": password})
    assert response.status_code == 422
    assert 'id="password-error"' in response.text
    assert client.post(link, data={"password": NEW}).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_tokens_of_other_purposes_and_spoilt_ones_open_nothing(client, app, link, settings, database, clock):
    from clevenio.people import links

    token = link.rpartition("/")[2]
    with database.session() as session:
        other = links.make(session, settings.mail_keys, "reset", clock.now)
        session.commit()
    for path in (f"{PAGE}/{token[:-1]}", f"{PAGE}/{token}x", f"{PAGE}/{other}", f"/r/{token}"):
        assert client.get(path).status_code == 404
    assert client.get(f"/staff/invitation/{token}").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_mail_is_in_the_members_language_and_says_that_the_factor_comes(
    client, member, database, worker, mailbox
):
    change(database, member, language="fi")
    ask(client)
    worker()
    mail = mailbox.newest(EMAIL)
    assert mail["Subject"] == "Valitse uusi salasana"
    assert "toista tunnistustapaa" in text_of(mail)
    path = link_in(mail, f"{PAGE}/")
    assert "Valitse uusi salasana" in client.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_site_can_neither_ask_nor_set_anything(client, link, other_session, clock):
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(PAGE, data={"email": EMAIL}, headers=headers).status_code == 403
    assert client.post(link, data={"password": NEW}, headers=headers).status_code == 403
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 1
        assert session.scalars(select(LoginSession)).all() == []


def test_after_a_link_was_used_another_is_sent_at_once(client, app, member, link, worker, mailbox, clock):
    assert new_client(app).post(link, data={"password": NEW}).status_code == 303
    assert mailed(new_client(app), worker, mailbox) != link
