"""A member's own security page."""

import re

import pytest
from sqlalchemy import select

from clevenio.accounts import passwords
from clevenio.accounts.factors import recovery
from clevenio.accounts.models import LoginSession
from clevenio.audit import AuditEntry, subject_hash
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.authenticator import Authenticator
from tests.support.staff import PASSWORD, code_at, pass_factor, set_app_up

EMAIL = "support@example.com"
PAGE = "/staff/security"
NEW = "another made-up pass phrase"
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def client(sign_in_staff, clock):
    return sign_in_staff("support")


@pytest.fixture
def elsewhere(client, app, clock):
    """A second browser of the same person."""
    other = new_client(app)
    other.post("/staff/login", data={"email": EMAIL, "password": PASSWORD})
    clock.advance(seconds=30)
    pass_factor(other, clock.now)
    assert other.get(PAGE).status_code == 200
    return other


def post(client, path, **fields):
    return client.post(PAGE + path, data={"csrf_token": form_token(client.get(PAGE)), **fields})


def add_passkey(client, name="Laptop", credential=b"one"):
    key = Authenticator(credential=credential)
    token = form_token(client.get(f"{PAGE}/passkeys"))
    options = client.post(f"{PAGE}/passkeys/challenge", data={"csrf_token": token}).text
    sent = {"csrf_token": token, "name": name, "passkey": key.make(options)}
    return client.post(f"{PAGE}/passkeys", data=sent)


def subjects(app, mailbox):
    app.extensions["clevenio"].jobs.run("mail")
    return [str(mail["Subject"]) for mail in mailbox.all(EMAIL)]


def actions(other_session):
    with other_session() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


def test_a_passkey_is_added_told_and_ends_other_sessions(client, elsewhere, app, mailbox, other_session):
    assert add_passkey(client).location == PAGE
    assert "Laptop" in client.get(PAGE).text
    assert elsewhere.get(PAGE).location.startswith("/staff/login")
    assert subjects(app, mailbox) == ["A passkey was added to your access"]
    assert actions(other_session)[-1] == "staff.passkey_added"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 61])
def test_a_name_that_will_not_do_is_said_and_nothing_is_kept(client, name, mailbox, app):
    response = add_passkey(client, name)
    assert response.status_code == 422
    assert subjects(app, mailbox) == []


def test_an_answer_that_will_not_do_keeps_the_name(client):
    token = form_token(client.get(f"{PAGE}/passkeys"))
    sent = {"csrf_token": token, "name": "Laptop", "passkey": "{}"}
    response = client.post(f"{PAGE}/passkeys", data=sent)
    assert response.status_code == 422
    assert 'value="Laptop"' in response.text


def test_the_only_factor_stays(client, other_session):
    response = post(client, "/app/removal")
    assert response.status_code == 422
    assert "your only second factor" in response.text
    assert "staff.app_removed" not in actions(other_session)


def test_with_another_one_the_app_goes_and_then_the_passkey_stays(client, elsewhere, app, mailbox):
    add_passkey(client)
    assert post(client, "/app/removal").location == PAGE
    key = re.search(r"/passkeys/([0-9a-f-]{36})/removal", client.get(PAGE).text)[1]
    assert post(client, f"/passkeys/{key}/removal").status_code == 422
    assert "Laptop" in client.get(PAGE).text
    assert subjects(app, mailbox)[-1] == "The authenticator app was removed from your access"


def test_somebody_elses_passkey_cannot_be_removed(client, sign_in_staff):
    other = sign_in_staff("marketer")
    add_passkey(other, "Theirs")
    key = re.search(r"/passkeys/([0-9a-f-]{36})/removal", other.get(PAGE).text)[1]
    post(client, f"/passkeys/{key}/removal")
    assert "Theirs" in other.get(PAGE).text


def test_a_new_app_replaces_the_old_one(client, clock):
    clock.advance(seconds=60)
    assert set_app_up(client, clock.now).location == PAGE


def test_a_wrong_code_of_a_new_app_keeps_its_secret(client):
    page = client.get(f"{PAGE}/app")
    secret = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)[1]
    sent = {"csrf_token": form_token(page), "code": "12345"}
    response = client.post(f"{PAGE}/app", data=sent)
    assert response.status_code == 422
    assert secret in response.text
    assert 'value="12345"' in response.text


def test_recovery_codes_are_shown_once_and_counted(client, app, mailbox):
    page = post(client, "/recovery-codes")
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", page.text)
    assert len(codes) == 10
    shown = client.get(PAGE).text
    assert "10 of ten recovery codes are unused." in shown
    assert not any(code in shown for code in codes)
    assert subjects(app, mailbox) == ["New recovery codes were made for your access"]


def test_the_codes_come_as_a_file(client):
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", post(client, "/recovery-codes").text)
    response = post(client, "/recovery-codes/file", recovery=codes)
    assert response.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert response.headers["Cache-Control"] == "no-store"
    assert all(code in response.text for code in codes)


@pytest.mark.parametrize("codes", [[], ["<script>alert(1)</script>"], ["0000-" * 5 + "0000"]])
def test_nothing_but_ones_own_codes_comes_back_as_a_file(client, codes):
    response = post(client, "/recovery-codes/file", recovery=codes)
    assert response.status_code == 404
    assert "alert" not in response.text


def test_another_session_is_ended_by_its_owner(client, elsewhere, other_session):
    with other_session() as session:
        rows = session.scalars(select(LoginSession).where(LoginSession.ended_at.is_(None))).all()
    page = client.get(PAGE).text
    handles = re.findall(r"/sessions/([0-9a-f]{64})/end", page)
    assert len(rows) == 2
    assert len(handles) == 1, "not the one at hand"
    assert post(client, f"/sessions/{handles[0]}/end").status_code == 303
    assert elsewhere.get(PAGE).location.startswith("/staff/login")
    assert client.get(PAGE).status_code == 200


def test_somebody_elses_session_cannot_be_ended(client, sign_in_staff, other_session):
    other = sign_in_staff("marketer")
    with other_session() as session:
        hashes = session.scalars(select(LoginSession.hash).where(LoginSession.ended_at.is_(None))).all()
    for each in hashes:
        post(client, f"/sessions/{each}/end") if client.get(PAGE).status_code == 200 else None
    assert other.get(PAGE).status_code == 200


def test_all_other_sessions_end_at_once(client, elsewhere):
    post(client, "/sessions/end")
    assert elsewhere.get(PAGE).location.startswith("/staff/login")
    assert client.get(PAGE).status_code == 200


def change(client, current, new):
    token = form_token(client.get(f"{PAGE}/password"))
    sent = {"csrf_token": token, "current_password": current, "password": new}
    return client.post(f"{PAGE}/password", data=sent)


def test_a_new_password_takes_the_current_one_and_ends_other_sessions(
    client, elsewhere, app, mailbox, other_session
):
    assert change(client, PASSWORD, NEW).location == PAGE
    assert elsewhere.get(PAGE).location.startswith("/staff/login")
    assert subjects(app, mailbox) == ["Your password was changed"]
    with other_session() as session:
        assert passwords.matches(session.scalars(select(StaffMember)).one().password, NEW)


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("wrong", NEW, "This is not your current password."),
        (PASSWORD, "fourteen chars", "Use at least 15 characters."),
        (PASSWORD, "", "Use at least 15 characters."),
        (PASSWORD, "x" * 257, "Use at most 256 characters."),
        (PASSWORD, EMAIL, "that is not your address"),
        (PASSWORD, PASSWORD, "The new password is the same as the present one."),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(client, elsewhere, current, new, said):
    response = change(client, current, new)
    assert response.status_code == 422
    assert said in response.text
    assert elsewhere.get(PAGE).status_code == 200


def test_a_session_that_was_stolen_guesses_no_password(client):
    answers = [change(client, f"guess {number}", NEW).status_code for number in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_new_password_that_will_not_do_costs_no_try(client):
    assert {change(client, PASSWORD, "too weak").status_code for _ in range(6)} == {422}
    assert change(client, PASSWORD, NEW).status_code == 303


def test_a_wrong_current_password_is_an_entry(client, other_session, settings):
    change(client, "wrong", NEW)
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        member = session.scalars(select(StaffMember)).one()
    assert (entry.actor, entry.action) == (f"staff:{member.id}", "staff.password_refused")
    assert entry.subject == subject_hash(settings.suppression_key, member.id)


def test_of_two_changes_at_once_the_second_needs_the_first_ones_password(
    client, database, other_session, monkeypatch
):
    hashed = passwords.hashed
    theirs = hashed("somebody was faster")

    def hashing(typed):
        with database.session() as session:
            session.scalars(select(StaffMember)).one().password = theirs
            session.commit()
        return hashed(typed)

    monkeypatch.setattr(passwords, "hashed", hashing)
    assert change(client, PASSWORD, NEW).status_code == 422
    with other_session() as session:
        assert session.scalars(select(StaffMember)).one().password == theirs


def test_an_app_begun_before_the_password_was_changed_is_not_confirmed(client, clock):
    page = client.get(f"{PAGE}/app")
    key = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    change(client, PASSWORD, NEW)
    sent = {"csrf_token": form_token(page), "code": code_at(clock.now, key)}
    response = client.post(f"{PAGE}/app", data=sent)
    assert response.status_code == 422
    assert "This took too long." in response.text
    assert key not in response.text.replace(" ", "")


def test_an_app_that_took_too_long_is_said_to(client, clock):
    page = client.get(f"{PAGE}/app")
    key = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    clock.advance(minutes=9)
    assert key in client.get(f"{PAGE}/app").text.replace(" ", "")
    clock.advance(minutes=6)
    sent = {
        "csrf_token": form_token(page),
        "code": code_at(clock.now, key),
        "factor_code": code_at(clock.now),
    }
    response = client.post(f"{PAGE}/app", data=sent)
    assert response.status_code == 422
    assert "This took too long." in response.text


def test_a_proof_asked_for_meanwhile_keeps_the_app_that_is_being_set_up(client, clock):
    clock.advance(minutes=9)
    page = client.get(f"{PAGE}/app")
    key = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    clock.advance(minutes=5)
    sent = {
        "csrf_token": form_token(page),
        "code": code_at(clock.now, key),
        "factor_code": code_at(clock.now),
    }
    assert client.post(f"{PAGE}/app", data=sent).location == PAGE


def test_few_codes_are_said_to_be_few(client, database, clock):
    with database.session() as session:
        member = session.scalars(select(StaffMember)).one()
        for code in recovery.renew(session, member.id, clock.now)[:8]:
            recovery.use(session, member.id, code, clock.now)
        session.commit()
    page = client.get(PAGE).text
    assert "2 of ten recovery codes are unused." in page
    assert "Make new ones soon" in page


@pytest.mark.parametrize("word", ["app", "passkey", "removed", "password", "session", "sessions"])
def test_no_link_makes_the_page_say_that_something_was_done(client, word):
    def said(page):
        return page.text.partition("<main")[2].count('class="notice"')

    assert said(client.get(f"{PAGE}?saved={word}")) == said(client.get(PAGE))
    post(client, "/sessions/end")
    assert "Your other sessions have ended." in client.get(PAGE).text
    assert "Your other sessions have ended." not in client.get(PAGE).text
