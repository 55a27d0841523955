from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from clevenio.accounts import guessing
from clevenio.accounts.models import LoginSession
from clevenio.audit import AuditEntry
from clevenio.limits import Attempts
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.factories import NOW
from tests.support.staff import PASSWORD, give_password, make_member, pass_factor


def come_in(client, clock):
    """Password and second factor."""
    give_password(client)
    return pass_factor(client, clock.now)


def test_password_and_second_factor_open_the_back_office(client, member, other_session, clock):
    response = give_password(client)
    assert (response.status_code, response.location) == (303, "/staff/factor")
    response = pass_factor(client, clock.now)
    assert (response.status_code, response.location) == (303, "/staff/")
    assert client.get("/staff/").status_code == 200
    with other_session() as session:
        assert session.get(StaffMember, member.id).last_used_at == clock.now
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.actor, entry.action) == (f"staff:{member.id}", "staff.login")


def test_the_address_may_be_typed_in_any_case(client, member):
    assert give_password(client, " SUPPORT@Example.com ").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("support@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("invited@example.com", PASSWORD),
        ("disabled@example.com", PASSWORD),
        ("no address", PASSWORD),
    ],
)
def test_every_failure_gets_the_same_answer(client, member, database, clock, email, password):
    with database.session() as session:
        make_member(session, "invited@example.com", "support").activated_at = None
        make_member(session, "disabled@example.com", "support").disabled_at = clock.now
        session.commit()
    response = give_password(client, email, password)
    assert response.status_code == 422
    assert "The address or the password is wrong." in response.text
    assert "Set-Cookie" not in response.headers
    other = give_password(client, "somebody@example.com", "else")
    assert response.text.replace(email, "") == other.text.replace("somebody@example.com", "")


@pytest.mark.parametrize(("email", "password"), [("", ""), ("", PASSWORD), ("support@example.com", "")])
@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {"email": "Type an e-mail address.", "password": "Type your password."}),
        ("fi", {"email": "Kirjoita sähköpostiosoite.", "password": "Kirjoita salasanasi."}),
    ],
)
def test_an_empty_field_is_named_beside_it_and_is_no_try(
    client, member, other_session, language, said, email, password
):
    answer = give_password(client, email, password, headers={"Accept-Language": language})
    assert answer.status_code == 422
    empty = {name for name, value in (("email", email), ("password", password)) if not value}
    for name, words in said.items():
        beside = answer.text.partition(f'id="{name}-error">')[2].partition("</p>")[0]
        assert beside == (words if name in empty else "")
    assert f'value="{email}"' in answer.text
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Attempts)) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_an_unknown_address_costs_as_much_work_as_a_known_one(client, member, monkeypatch):
    from clevenio.accounts import passwords

    compared = []
    verify = passwords._hasher.verify

    class Counting:
        hash = passwords._hasher.hash

        def verify(self, kept, password):
            compared.append(kept)
            return verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    give_password(client, password="wrong")
    give_password(client, "nobody@example.com")
    assert len(compared) == 2


def test_five_failures_close_the_door_for_a_quarter_of_an_hour(client, member, clock, other_session):
    for _ in range(5):
        assert give_password(client, password="wrong").status_code == 422
    response = give_password(client)
    assert response.status_code == 429
    assert "Wait a quarter of an hour" in response.text
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Attempts)) == 3
    clock.advance(minutes=16)
    assert give_password(client).status_code == 303


def test_the_door_closes_for_unknown_addresses_just_the_same(client, member):
    answers = [give_password(client, "nobody@example.com").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(client, member):
    for _ in range(6):
        give_password(client, password="wrong", network="192.0.2")
    assert give_password(client, network="198.51.100").status_code == 303


def test_guesses_from_many_networks_are_slowed_down_together(client, member):
    answers = [
        give_password(client, password="wrong", network=f"198.51.{network}").status_code
        for network in range(guessing.STAFF.address.most + 1)
    ]
    assert answers == [422] * guessing.STAFF.address.most + [429]


def test_nothing_waits_while_a_password_is_compared(client, member, database, monkeypatch):
    """Comparing takes its time on purpose: another write goes through meanwhile."""
    from clevenio import limits
    from clevenio.accounts import passwords

    matches, went_through = passwords.matches, []

    def comparing(kept, typed):
        with database.session() as session:
            limits.take(session, "k" * 32, limits.Limit("other", 1, timedelta(hours=1)), "who", NOW)
            session.commit()
            went_through.append(True)
        return matches(kept, typed)

    monkeypatch.setattr(passwords, "matches", comparing)
    assert give_password(client).status_code == 303
    assert went_through


def test_who_was_disabled_while_the_password_was_compared_stays_out(
    client, member, database, clock, monkeypatch
):
    from clevenio.accounts import passwords

    matches = passwords.matches

    def comparing(kept, typed):
        with database.session() as session:
            session.get(StaffMember, member.id).disabled_at = clock.now
            session.commit()
        return matches(kept, typed)

    monkeypatch.setattr(passwords, "matches", comparing)
    assert give_password(client).status_code == 422


def test_whose_password_was_changed_while_the_old_one_was_compared_stays_out(
    client, member, database, other_session, monkeypatch
):
    from clevenio.accounts import passwords

    matches, new = passwords.matches, passwords.hashed("another made-up pass phrase")

    def comparing(kept, typed):
        with database.session() as session:
            session.get(StaffMember, member.id).password = new
            session.commit()
        return matches(kept, typed)

    monkeypatch.setattr(passwords, "matches", comparing)
    assert give_password(client).status_code == 422
    with other_session() as session:
        assert session.scalars(select(LoginSession)).all() == []
        assert session.get(StaffMember, member.id).password == new


def test_a_hash_of_older_parameters_is_renewed_by_the_login(client, member, database, other_session):
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with database.session() as session:
        session.get(StaffMember, member.id).password = old
        session.commit()
    kept = []
    for _ in range(2):
        assert give_password(client).status_code == 303
        with other_session() as session:
            kept.append(session.get(StaffMember, member.id).password)
    assert kept[0] != old
    assert kept[0] == kept[1]


def test_signing_out_ends_the_session_on_the_server(client, member, app, clock):
    come_in(client, clock)
    stolen = new_client(app)
    stolen.set_cookie("session", client.get_cookie("session").value)
    assert stolen.get("/staff/").status_code == 200
    response = client.post("/staff/logout", data={"csrf_token": form_token(client.get("/staff/"))})
    assert (response.status_code, response.location) == (303, "/staff/login")
    assert stolen.get("/staff/").status_code == 303


def test_disabling_somebody_shuts_them_out_at_once(client, member, database, clock):
    come_in(client, clock)
    with database.session() as session:
        session.get(StaffMember, member.id).disabled_at = clock.now
        session.commit()
    assert client.get("/staff/").status_code == 303


def test_a_session_ends_when_it_rests_for_an_hour(client, member, clock):
    come_in(client, clock)
    clock.advance(minutes=59)
    assert client.get("/staff/").status_code == 200
    clock.advance(minutes=61)
    assert client.get("/staff/").status_code == 303


def test_no_session_lasts_longer_than_half_a_day(client, member, clock, other_session):
    come_in(client, clock)
    for _ in range(23):
        clock.advance(minutes=31)
        assert client.get("/staff/").status_code == 200
    clock.advance(minutes=31)
    assert client.get("/staff/").status_code == 303
    with other_session() as session:
        row = session.scalars(select(LoginSession).where(LoginSession.ended_at.is_(None))).one()
        assert row.ends_at - row.created_at == timedelta(hours=12)


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/staff/inquiries", "/staff/inquiries"),
        ("https://evil.example/", "/staff/"),
        ("//evil.example/staff/", "/staff/"),
        ("/\\evil.example", "/staff/"),
        ("/en/", "/staff/"),
    ],
)
def test_after_the_login_one_goes_on_inside_the_back_office_only(client, member, clock, wanted, location):
    first = give_password(client, query=f"?next={wanted}").location
    assert first == ("/staff/factor" if location == "/staff/" else f"/staff/factor?next={location}")
    assert pass_factor(client, clock.now, query=f"?next={wanted}").location == location


def test_another_site_cannot_log_anybody_in(client, member):
    assert give_password(client, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_customer_is_told_before_that_signing_in_ends_the_other_login(sign_in_account, app, member, clock):
    client, said = sign_in_account(), "Signing in here ends that login"
    assert said in client.get("/staff/login").text
    assert said in give_password(client, password="wrong").text
    assert said not in new_client(app).get("/staff/login").text
    give_password(client)
    said = "Logging in here ends that"
    assert said in client.get("/en/login").text
    assert said not in new_client(app).get("/en/login").text
