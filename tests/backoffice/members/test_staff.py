"""The list of staff, and what an administrator does about the access of others."""

import re

import pytest

from clevenio.accounts.factors import operations as factors
from clevenio.people.staff_members import StaffMember
from tests.backoffice.members.conftest import BOSS, OTHER, PAGE, post, sign_in
from tests.support.application import form_token
from tests.support.factories import NOW
from tests.support.mailbox import link_in, text_of
from tests.support.staff import PASSWORD, make_member

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_the_list_says_who_may_come_in_and_is_an_entry(boss, other, last_entry):
    page = boss.get(PAGE).text
    assert OTHER in page
    assert BOSS in page
    assert "31\u00a0Jul 2026" in page, "sixty days after the first of June"
    assert last_entry().action == "staff.list"


def rows_of(page):
    return re.findall(r'scope="row"><a href="[^"]+">([^<]+)</a>', page.text)


def test_the_list_is_narrowed_by_role_and_state(boss, other, database):
    with database.session() as session:
        make_member(session, "gone@example.com", "support").disabled_at = NOW
        make_member(session, "new@example.com", "marketer").activated_at = None
        session.commit()
    assert rows_of(boss.get(PAGE)) == [BOSS, "gone@example.com", "new@example.com", OTHER]
    assert rows_of(boss.get(f"{PAGE}?role=support")) == ["gone@example.com", OTHER]
    assert rows_of(boss.get(f"{PAGE}?role=support&state=active")) == [OTHER]
    assert rows_of(boss.get(f"{PAGE}?state=invited")) == ["new@example.com"]
    nobody = boss.get(f"{PAGE}?role=privacy_officer")
    assert (nobody.status_code, "Nobody on the staff has this role" in nobody.text) == (200, True)
    wrong = boss.get(f"{PAGE}?role=emperor&state=active'--")
    assert (wrong.status_code, len(rows_of(wrong))) == (422, 4)
    assert "Not a valid choice." in wrong.text


def test_a_long_list_has_pages_that_keep_what_it_is_narrowed_by(boss, database):
    with database.session() as session:
        for number in range(30):
            make_member(session, f"member{number:02}@example.com", "support")
        session.commit()
    first = boss.get(f"{PAGE}?role=support")
    assert (len(rows_of(first)), rows_of(first)[0]) == (25, "member00@example.com")
    assert "/staff/members?page=2&amp;role=support" in first.text
    second = boss.get(f"{PAGE}?page=2&role=support")
    assert rows_of(second) == [f"member{number}@example.com" for number in range(25, 30)]
    for beyond in ("99", "0", "x", "-1", "9" * 30):
        assert rows_of(boss.get(f"{PAGE}?page={beyond}")) != []


def test_fields_that_nobody_asked_for_change_nothing(boss, other, member, app, clock):
    before = member()
    extra = {
        "is_staff": "1",
        "id": "0",
        "email": "evil@example.com",
        "password": "x" * 20,
        "granted": "administrator",
    }
    post(boss, f"/{other.id}/roles", roles=["support"], **extra)
    after = member()
    assert (after.roles, after.password, after.email) == (before.roles, before.password, before.email)
    theirs = sign_in(app, clock)
    token = form_token(theirs.get("/staff/security"))
    for path in (f"/{other.id}/roles", "/invitation", f"/{other.id}/opening"):
        sent = {"csrf_token": token, "roles": "administrator", "role": "administrator"}
        assert theirs.post(PAGE + path, data=sent).status_code == 403
    sent = {"csrf_token": token, "roles": "administrator", "current_password": PASSWORD, "password": "y" * 3}
    theirs.post("/staff/security/password", data=sent)
    assert member().roles == {"support"}


def test_closing_ends_sessions_and_open_invitations(boss, other, app, clock, member, client, mailbox):
    theirs = sign_in(app, clock)
    post(boss, f"/{other.id}/invitation")
    path = link_in(mailbox.newest(OTHER), "/staff/invitation/")
    post(boss, f"/{other.id}/closure")
    assert theirs.get("/staff/").location.startswith("/staff/login")
    assert client.get(path).status_code == 404
    assert post(boss, f"/{other.id}/invitation").status_code == 422
    assert client.post("/staff/login", data={"email": OTHER, "password": PASSWORD}).status_code == 422
    post(boss, f"/{other.id}/opening")
    assert client.post("/staff/login", data={"email": OTHER, "password": PASSWORD}).status_code == 303


def test_a_reset_forgets_factors_ends_sessions_and_tells_their_owner(
    boss, other, app, clock, client, mailbox, database, last_entry
):
    theirs = sign_in(app, clock)
    post(boss, f"/{other.id}/factors/reset")
    assert last_entry().action == "staff.factors_reset"
    assert theirs.get("/staff/").location.startswith("/staff/login")
    assert mailbox.newest(OTHER)["Subject"] == "Your second factor was reset"
    client.post("/staff/login", data={"email": OTHER, "password": PASSWORD})
    assert client.get("/staff/factor").location == "/staff/first-factor"


@pytest.mark.parametrize(
    ("language", "act", "fields", "subject", "said"),
    [
        (
            "en",
            "roles",
            {"roles": ["marketer", "privacy_officer"]},
            "Your roles in the back office were changed",
            "Your roles are now: Marketer, Privacy officer. They were: Support.",
        ),
        (
            "fi",
            "roles",
            {"roles": ["marketer", "support"]},
            "Roolisi hallinnassa muuttuivat",
            "Roolisi ovat nyt: Markkinoija, Asiakastuki.",
        ),
        ("en", "closure", {}, "Your access to the back office was closed", "you cannot sign in"),
        ("fi", "closure", {}, "Käyttöoikeutesi hallintaan suljettiin", "etkä voi kirjautua"),
        ("fi", "factors/reset", {}, "Toinen tunnistustapasi nollattiin", "kysy pääkäyttäjältä"),
    ],
)
def test_what_others_do_to_an_access_is_mailed_to_whose_it_is(
    boss, other, database, mailbox, language, act, fields, subject, said
):
    with database.session() as session:
        session.get(StaffMember, other.id).language = language
        session.commit()
    assert post(boss, f"/{other.id}/{act}", **fields).status_code == 303
    [mail] = mailbox.all(OTHER)
    assert mail["Subject"] == subject
    assert said in text_of(mail)
    assert BOSS not in text_of(mail)
    assert ("/staff/security" in text_of(mail)) is (act != "closure"), "no link that does not open"


def test_opening_is_mailed_and_what_changes_nothing_is_not(boss, other, mailbox):
    post(boss, f"/{other.id}/roles", roles=["support"])
    post(boss, f"/{other.id}/opening")
    assert mailbox.all(OTHER) == []
    for _ in range(2):
        post(boss, f"/{other.id}/closure")
    post(boss, f"/{other.id}/opening")
    assert sorted(mail["Subject"] for mail in mailbox.all(OTHER)) == [
        "Your access to the back office is open again",
        "Your access to the back office was closed",
    ]


def test_nobody_resets_their_own_factors_there(boss, member, database):
    assert post(boss, f"/{member(BOSS).id}/factors/reset").status_code == 422
    with database.session() as session:
        assert factors.has_any(session, member(BOSS).id)


def test_sessions_of_others_can_be_ended(boss, other, app, clock):
    theirs = sign_in(app, clock)
    post(boss, f"/{other.id}/sessions/end")
    assert theirs.get("/staff/").location.startswith("/staff/login")


def test_every_act_takes_a_fresh_proof(boss, other, clock, member):
    token = form_token(boss.get(PAGE))
    clock.advance(minutes=11)
    for act in ("roles", "invitation", "closure", "opening", "sessions/end", "factors/reset"):
        sent = {"csrf_token": token, "roles": ["administrator"]}
        page = boss.post(f"{PAGE}/{other.id}/{act}", data=sent)
        assert page.status_code == 403, act
        assert "Confirm that it is you" in page.text
    assert (member().roles, member().disabled_at, member().invitation) == ({"support"}, None, None)


def test_whom_nobody_knows_is_not_found(boss, other):
    for path in (f"{PAGE}/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa", f"{PAGE}/1", f"{PAGE}/{other.id}x"):
        assert boss.get(path).status_code == 404


@pytest.mark.parametrize("word", ["invited", "roles", "disabled", "enabled", "sessions", "factors"])
def test_no_link_makes_the_page_say_that_something_was_done(boss, other, word):
    page = f"{PAGE}/{other.id}"
    assert 'role="status"' not in boss.get(f"{page}?saved={word}").text
    assert post(boss, f"/{other.id}/sessions/end", page=page).location == page
    assert "Every session has ended." in boss.get(page).text
    assert "Every session has ended." not in boss.get(page).text
