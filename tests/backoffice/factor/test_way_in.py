"""The second door: who is half in opens nothing, no answer works twice, and every step has a new session id."""

import re

import pytest
from sqlalchemy import select

from clevenio.accounts import guessing
from clevenio.accounts.factors import recovery
from clevenio.accounts.factors.models import TotpFactor
from clevenio.people.staff_members import StaffMember
from clevenio.web.access import actor
from tests.backoffice.factor.conftest import confirm, cookie, log_in
from tests.support.application import form_token, new_client
from tests.support.authenticator import Authenticator
from tests.support.mailbox import text_of
from tests.support.staff import SUPPORT as EMAIL
from tests.support.staff import (
    code_at,
    give_app,
    give_code,
    make_member,
    pass_factor,
    set_app_up,
)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_a_password_alone_opens_nothing(client, member, actions, other_session):
    log_in(client)
    for path in ("/staff/", "/staff/inquiries", "/staff/security", "/staff/security/app"):
        assert client.get(path).location.startswith("/staff/factor")
    assert (
        client.post(
            "/staff/inquiries/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa/state", data={"state": "closed"}
        ).status_code
        == 403
    )
    assert actions() == []
    with other_session() as session:
        assert session.get(StaffMember, member.id).last_used_at is None


def test_whoever_is_half_in_is_shown_no_way_around(client, member):
    log_in(client)
    page = client.get("/staff/factor").text
    assert "<nav" not in page
    assert EMAIL not in page
    assert "Sign out" in page


def test_even_a_view_without_a_gate_knows_nobody_who_is_half_in(app, client, member, clock):
    @app.get("/staff/echo")
    def echo():
        return actor()

    log_in(client)
    assert client.get("/staff/echo").status_code == 403
    pass_factor(client, clock.now)
    assert client.get("/staff/echo").text == f"staff:{member.id}"


def test_whoever_is_half_in_can_leave(client, member):
    log_in(client)
    token = form_token(client.get("/staff/factor"))
    assert client.post("/staff/logout", data={"csrf_token": token}).location == "/staff/login"
    assert client.get("/staff/factor").location.startswith("/staff/login")


def test_a_code_lets_in_and_is_written_down(client, member, clock, actions):
    assert pass_factor(log_in(client), clock.now).location == "/staff/"
    assert actions() == ["staff.login"]


def test_a_code_that_was_used_opens_no_second_browser(client, member, clock, app):
    pass_factor(log_in(client), clock.now)
    other = log_in(new_client(app))
    response = give_code(other, code_at(clock.now))
    assert response.status_code == 422
    assert "used already" in response.text
    assert other.get("/staff/").location.startswith("/staff/factor")


def test_the_code_of_somebody_else_opens_nothing(client, member, database, settings, clock):
    theirs = "KRSXG5CTMVRXEZLUKN2HE2LOM4FA2CQK"
    with database.session() as session:
        give_app(session, settings.secret_keys, make_member(session, "other@example.com"), theirs)
        session.commit()
    log_in(client)
    assert give_code(client, code_at(clock.now, theirs)).status_code == 422


def test_what_was_wrong_is_not_told(client, member, clock, database):
    with database.session() as session:
        codes = recovery.renew(session, member.id, clock.now)
        recovery.use(session, member.id, codes[0], clock.now)
        session.commit()
    log_in(client)
    typed = ["000000", codes[0], "", "nonsense"]
    pages = {re.sub(r'value="[^"]*"', "", give_code(client, each).text) for each in typed}
    assert len(pages) == 1


def test_each_step_has_a_new_session_id_and_the_old_one_is_dead(client, member, clock, app):
    log_in(client)
    half = cookie(client)
    pass_factor(client, clock.now)
    whole = cookie(client)
    clock.advance(minutes=11)
    confirm(client, clock)
    assert len({half, whole, cookie(client)}) == 3
    for old in (half, whole):
        stolen = new_client(app)
        stolen.set_cookie("session", old)
        assert stolen.get("/staff/").location.startswith("/staff/login")


def test_an_id_that_was_planted_before_the_password_is_worth_nothing(client, member, clock, app):
    attacker = log_in(new_client(app))
    client.set_cookie("session", cookie(attacker))
    log_in(client)
    pass_factor(client, clock.now)
    assert cookie(client) != cookie(attacker)
    assert attacker.get("/staff/").location.startswith("/staff/login")


def test_five_wrong_codes_close_the_door_and_the_owner_is_told(client, member, clock, mailbox, actions):
    log_in(client)
    for _ in range(5):
        assert give_code(client, "000000").status_code == 422
    assert give_code(client, code_at(clock.now)).status_code == 429
    assert actions() == ["staff.factor_refused"] * 5
    from clevenio.web.kit import kit

    with client.application.app_context():
        kit().jobs.run("mail")
    mail = mailbox.newest(EMAIL)
    assert mail["Subject"] == "Somebody who knows your password failed at the second factor"
    assert "change the password now" in text_of(mail)
    assert len(mailbox.all(EMAIL)) == 1
    clock.advance(minutes=16)
    assert give_code(client, code_at(clock.now)).status_code == 303


def test_wrong_codes_elsewhere_do_not_keep_the_owner_out(client, member, clock, app):
    pass_factor(log_in(client), clock.now)
    for network in range(3):
        stranger = log_in(new_client(app))
        for _ in range(5):
            give_code(stranger, "000000", network=f"198.51.{network}")
    clock.advance(seconds=30)
    assert pass_factor(log_in(new_client(app)), clock.now).status_code == 303


def test_guesses_from_many_networks_are_slowed_down_together(client, member):
    log_in(client)
    answers = [
        give_code(client, "000000", network=f"198.51.{network}").status_code
        for network in range(guessing.FACTORS.address.most + 1)
    ]
    assert answers == [422] * guessing.FACTORS.address.most + [429]


def test_a_recovery_code_lets_in_once_and_its_owner_is_told(client, member, clock, database, app, mailbox):
    with database.session() as session:
        code = recovery.renew(session, member.id, clock.now)[0]
        session.commit()
    assert give_code(log_in(client), code.lower()).status_code == 303
    app.extensions["clevenio"].jobs.run("mail")
    mail = mailbox.newest(EMAIL)
    assert mail["Subject"] == "A recovery code let you in"
    assert "9 codes are left." in text_of(mail)
    assert give_code(log_in(new_client(app)), code).status_code == 422


def test_an_answer_without_the_forms_token_is_none(client, member, clock):
    log_in(client)
    assert client.post("/staff/factor", data={"factor_code": code_at(clock.now)}).status_code == 400
    assert client.get("/staff/").location.startswith("/staff/factor")


def test_who_was_disabled_between_password_and_code_stays_out(client, member, clock, database):
    log_in(client)
    token = form_token(client.get("/staff/factor"))
    with database.session() as session:
        session.get(StaffMember, member.id).disabled_at = clock.now
        session.commit()
    client.post("/staff/factor", data={"factor_code": code_at(clock.now), "csrf_token": token})
    assert client.get("/staff/").location.startswith("/staff/login")


def test_whoever_has_no_factor_is_led_to_set_one_up_and_gets_ten_codes(client, bare, clock, actions):
    log_in(client)
    assert client.get("/staff/inquiries").location == "/staff/factor?next=/staff/inquiries"
    assert client.get("/staff/factor").location == "/staff/first-factor"
    assert client.get("/staff/inquiries").location.startswith("/staff/factor")
    page = set_app_up(client, clock.now)
    assert page.status_code == 200
    assert len(re.findall(r"<li><code>", page.text)) == 10
    assert client.get("/staff/inquiries").status_code == 200
    assert actions()[:2] == ["staff.app_added", "staff.login"]


def test_whoever_has_a_factor_cannot_set_another_up_instead_of_answering(
    client, member, clock, other_session
):
    log_in(client)
    token = form_token(client.get("/staff/factor"))
    for path in ("/staff/security/app", "/staff/security/passkeys", "/staff/security/passkeys/challenge"):
        assert client.post(path, data={"csrf_token": token, "code": "1"}).status_code == 403
    with other_session() as session:
        assert len(session.scalars(select(TotpFactor)).all()) == 1


def test_a_passkey_lets_in(client, bare, clock, app):
    log_in(client)
    key = Authenticator()
    token = form_token(client.get("/staff/security/passkeys"))
    options = client.post("/staff/security/passkeys/challenge", data={"csrf_token": token})
    assert options.mimetype == "application/json"
    sent = {"csrf_token": token, "name": "Laptop", "passkey": key.make(options.text)}
    assert "recovery codes" in client.post("/staff/security/passkeys", data=sent).text
    other = log_in(new_client(app))
    token = form_token(other.get("/staff/factor"))
    options = other.post("/staff/factor/challenge", data={"csrf_token": token}).text
    signed = key.sign(options)
    stranger = log_in(new_client(app))
    stolen = {"csrf_token": form_token(stranger.get("/staff/factor")), "factor_passkey": signed}
    assert stranger.post("/staff/factor", data=stolen).status_code == 422, "an answer to another session"
    sent = {"csrf_token": token, "factor_passkey": signed}
    assert other.post("/staff/factor", data=sent).status_code == 303
    assert other.get("/staff/").status_code == 200
