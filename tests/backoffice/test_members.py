"""Staff accounts: what an administrator may do, and what nobody may."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts.factors import operations as factors
from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import operations as doors
from clevenio.backoffice.members import queries
from clevenio.people.addresses import address
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.factories import NOW
from tests.support.mailbox import link_in, text_of
from tests.support.staff import PASSWORD, give_app, make_member, pass_factor

PAGE = "/staff/members"
BOSS, OTHER = "boss@example.com", "other@example.com"
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def boss(sign_in_staff, clock):
    return sign_in_staff("administrator", email=BOSS)


@pytest.fixture
def other(database, settings, boss):
    """Somebody in support, with an app."""
    with database.session() as session:
        made = make_member(session, OTHER, "support")
        give_app(session, settings.secret_keys, made)
        session.commit()
        return made


@pytest.fixture
def member(other_session):
    """`member(email)`: as the database has them now."""

    def find(email=OTHER):
        with other_session() as session:
            return session.scalars(select(StaffMember).where(StaffMember.email == email)).one_or_none()

    return find


@pytest.fixture
def last_entry(other_session):
    def find():
        with other_session() as session:
            return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()

    return find


def post(client, path, page=PAGE, **fields):
    token = form_token(client.get(page))
    return client.post(PAGE + path, data={"csrf_token": token, **fields})


def sign_in(app, clock, email=OTHER):
    client = new_client(app)
    client.post("/staff/login", data={"email": email, "password": PASSWORD})
    clock.advance(seconds=30)
    pass_factor(client, clock.now)
    return client


def test_the_list_says_who_may_come_in_and_is_an_entry(boss, other, last_entry):
    page = boss.get(PAGE).text
    assert OTHER in page
    assert BOSS in page
    assert "31\u00a0Jul 2026" in page, "sixty days after the first of June"
    assert last_entry().action == "staff.list"


def rows_of(page):
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page.text)


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


def test_an_invitation_goes_out_by_mail_and_is_shown_where_mail_is_kept(boss, client, mailbox, member):
    form = {"email": "New@Example.com", "roles": ["support", "marketer"], "language": "fi"}
    response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
    assert response.status_code == 303
    made = member("New@example.com")
    assert (made.roles, made.language) == ({"support", "marketer"}, "fi")
    mail = mailbox.newest("New@example.com")
    assert mail["Subject"] == "Käyttöoikeutesi hallintaan"
    path = link_in(mail, "/staff/invitation/")
    assert path in boss.get(response.location).text
    assert client.get(path).status_code == 200


def test_where_mail_is_kept_the_link_is_shown_after_a_fresh_proof_alone(boss, clock):
    form = {"email": "new@example.com", "roles": ["support"], "language": "en"}
    page = post(boss, "/invitation", page=f"{PAGE}/invitation", **form).location.partition("?")[0]
    clock.advance(minutes=10)
    response = boss.get(page)
    assert response.status_code == 303
    assert response.location == f"/staff/confirmation?next={page}"
    assert "/staff/invitation/" not in response.text


class TestWithRelay:
    @pytest.fixture
    def extra_settings(self):
        return {"SMTP_URL": "smtp://localhost:2525"}

    def test_the_link_is_in_the_mail_alone(self, boss):
        form = {"email": "new@example.com", "roles": ["support"], "language": "en"}
        response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
        assert "/staff/invitation/" not in boss.get(response.location).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "It looks like name@example.com."),
        ({"email": "a\r\nBcc: b@example.com"}, "E-mail"),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["emperor"]}, "Tick some of these boxes"),
        ({"language": "xx"}, "Not a valid choice."),
        ({"email": OTHER}, "on the staff already"),
    ],
)
def test_what_will_not_do_is_said_and_nobody_is_invited(boss, other, mailbox, fields, said):
    form = {"email": "new@example.com", "roles": ["support"], "language": "en", **fields}
    response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
    assert response.status_code == 422
    assert said in response.text
    assert mailbox.all() == []


def test_roles_change_at_once_and_are_an_entry(boss, other, app, clock, member, last_entry, settings):
    theirs = sign_in(app, clock)
    assert theirs.get("/staff/inquiries").status_code == 200
    post(boss, f"/{other.id}/roles", roles=["marketer", "privacy_officer"])
    entry = last_entry()
    assert member().roles == {"marketer", "privacy_officer"}
    assert theirs.get("/staff/inquiries").status_code == 403
    assert theirs.get("/staff/audiences").status_code == 200
    assert entry.action == "staff.roles"
    assert entry.subject == subject_hash(settings.suppression_key, other.id)
    assert entry.details == {"before": ["support"], "after": ["marketer", "privacy_officer"]}


def test_roles_saved_as_they_are_are_said_to_be_unchanged(boss, other, member, last_entry):
    post(boss, f"/{other.id}/roles", roles=["support"])
    said = boss.get(f"{PAGE}/{other.id}").text
    assert "Nothing has changed: they have these roles already." in said
    assert "The roles are changed." not in said
    assert last_entry().action != "staff.roles"
    post(boss, f"/{other.id}/roles", roles=["support", "marketer"])
    assert "The roles are changed." in boss.get(f"{PAGE}/{other.id}").text


@pytest.mark.parametrize("roles", [["support"], ["marketer"]], ids=["the same", "others"])
def test_setting_roles_ends_an_open_offer_of_others(
    boss, other, member, client, database, settings, other_session, roles
):
    with database.session() as session:
        path = doors.invite(session, settings, address(OTHER), ["administrator"], "command", NOW)
        session.commit()
    answer = post(boss, f"/{other.id}/roles", roles=roles)
    assert "the link that offered others does nothing any more." in boss.get(answer.location).text
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": "a long pass phrase of staff"}).status_code == 404
    assert member().roles == set(roles)
    with other_session() as session:
        offer = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.offer_ended")).one()
    assert offer.details == {"roles": ["administrator"]}


def test_setting_roles_leaves_a_link_that_gives_none(boss, other, client, database, settings):
    with database.session() as session:
        path = doors.invite(session, settings, address(OTHER), (), "command", NOW)
        session.commit()
    answer = post(boss, f"/{other.id}/roles", roles=["marketer"])
    assert "does nothing any more" not in boss.get(answer.location).text
    assert client.get(path).status_code == 200


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


def test_the_last_administrator_keeps_the_role_and_the_access(boss, other, member):
    me = member(BOSS)
    response = post(boss, f"/{me.id}/roles", roles=["support"])
    assert response.status_code == 422
    assert "last administrator" in response.text
    assert post(boss, f"/{me.id}/closure").status_code == 422
    assert (member(BOSS).roles, member(BOSS).disabled_at) == ({"administrator"}, None)


def test_a_disabled_or_invited_administrator_does_not_count_as_another(boss, database, member):
    with database.session() as session:
        make_member(session, "gone@example.com", "administrator").disabled_at = NOW
        make_member(session, "new@example.com", "administrator").activated_at = None
        session.commit()
    assert post(boss, f"/{member(BOSS).id}/closure").status_code == 422


def test_with_a_second_administrator_the_first_may_go(boss, other, member):
    post(boss, f"/{other.id}/roles", roles=["administrator"])
    assert post(boss, f"/{member(BOSS).id}/closure").status_code == 303
    assert boss.get("/staff/").location.startswith("/staff/login")


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


def test_a_new_invitation_replaces_the_one_before(boss, other, client, mailbox):
    paths = []
    for _ in range(2):
        post(boss, f"/{other.id}/invitation")
        paths.append(link_in(mailbox.newest(OTHER), "/staff/invitation/"))
    assert [client.get(path).status_code for path in paths] == [404, 200]


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


class TestExpiry:
    """Access that nobody uses for sixty days."""

    @pytest.fixture
    def people(self, database, settings, clock):
        """An administrator and somebody in support, both last here at NOW."""
        with database.session() as session:
            made = [make_member(session, BOSS, "administrator"), make_member(session, OTHER, "support")]
            for each in made:
                each.last_used_at = NOW
                give_app(session, settings.secret_keys, each)
            session.commit()
            return made

    def log_in(self, client, email=OTHER):
        return client.post("/staff/login", data={"email": email, "password": PASSWORD})

    def test_it_ends_on_the_sixtieth_day_and_says_nothing_of_it(self, client, people, clock):
        clock.advance(days=60, seconds=-1)
        assert self.log_in(client).status_code == 303
        clock.advance(seconds=1)
        right, wrong = (
            self.log_in(client),
            client.post("/staff/login", data={"email": OTHER, "password": "no"}),
        )
        assert right.status_code == wrong.status_code == 422
        assert right.text == wrong.text

    def test_a_password_alone_is_no_use(self, client, people, clock):
        clock.advance(days=59)
        self.log_in(client)
        clock.advance(days=1)
        assert self.log_in(client).status_code == 422

    def test_coming_in_is_a_use(self, client, people, clock):
        clock.advance(days=59)
        self.log_in(client)
        assert pass_factor(client, clock.now).status_code == 303
        clock.advance(days=59)
        assert self.log_in(client).status_code == 303

    def test_the_last_administrators_does_not_end(self, client, people, clock):
        clock.advance(days=900)
        assert self.log_in(client, BOSS).status_code == 303

    def test_of_two_administrators_the_one_who_was_here_last_stays(self, client, people, clock, database):
        with database.session() as session:
            late = make_member(session, "late@example.com", "administrator")
            late.last_used_at = NOW + timedelta(days=1)
            session.commit()
        clock.advance(days=900)
        assert self.log_in(client, BOSS).status_code == 422
        assert self.log_in(client, "late@example.com").status_code == 303

    def test_a_new_invitation_opens_it_again(self, client, people, clock, database, settings):
        clock.advance(days=61)
        with database.session() as session:
            path = doors.invite(session, settings, address(OTHER), (), "command", clock.now)
            session.commit()
        assert client.post(path, data={"password": PASSWORD}).status_code == 303
        assert pass_factor(client, clock.now).status_code == 303

    def test_the_list_says_who_ended_and_who_will(self, database, people, settings):
        with database.session() as session:
            late = NOW + timedelta(days=61)
            states = {each.member.email: each for each in queries.entries(session, settings, late)}
            assert states[OTHER].state == queries.State.EXPIRED
            assert states[BOSS].state == queries.State.ACTIVE
            assert (states[OTHER].ends_at, states[BOSS].ends_at) == (NOW + timedelta(days=60), None)


@pytest.mark.parametrize("word", ["invited", "roles", "disabled", "enabled", "sessions", "factors"])
def test_no_link_makes_the_page_say_that_something_was_done(boss, other, word):
    page = f"{PAGE}/{other.id}"
    assert 'role="status"' not in boss.get(f"{page}?saved={word}").text
    assert post(boss, f"/{other.id}/sessions/end", page=page).location == page
    assert "Every session has ended." in boss.get(page).text
    assert "Every session has ended." not in boss.get(page).text
