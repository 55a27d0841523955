"""What staff posted after their session had ended: never done by itself, never lost, never anybody else's."""

import re
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from clevenio.accounts import drafts
from clevenio.accounts.factors.models import TotpFactor
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.staff import PASSWORD, code_at, give_app, make_member, set_app_up

BOSS, NEW = "boss@example.com", "new@example.com"
INVITATION = "/staff/members/invitation"
TYPED = {"email": NEW, "roles": ["support", "marketer"], "language": "fi"}
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def client(sign_in_staff, clock):
    return sign_in_staff("administrator", email=BOSS)


@pytest.fixture
def invited(other_session):
    def find():
        with other_session() as session:
            return session.scalars(select(StaffMember).where(StaffMember.email == NEW)).one_or_none()

    return find


@pytest.fixture
def ended(client, clock):
    """The answer to a form that was opened before the session rested, and posted after."""
    token = form_token(client.get(INVITATION))
    clock.advance(days=40)
    return client.post(INVITATION, data={**TYPED, "csrf_token": token, "password": PASSWORD, "other": "x"})


def fields(page):
    found = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", page.text)]
    return {each["name"]: unescape(each.get("value", "")) for each in found if "name" in each}


def give_password(client, page, email=BOSS, password=PASSWORD, **more):
    data = {"email": email, "password": password, "draft": fields(page).get("draft", "")}
    return client.post("/staff/login", data={**data, **more})


def give_code(client, page, code, **more):
    shown = fields(page)
    data = {"factor_code": code, "csrf_token": shown["csrf_token"], "draft": shown.get("draft", "")}
    return client.post("/staff/factor", data={**data, **more})


def press(client, page):
    main = page.text.partition("<main")[2]
    path = unescape(re.search(r'<form method="post" action="([^"]+)" class="row">', main)[1])
    sent = [(name, unescape(value)) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', main)]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', main)[1]
    data = {"csrf_token": token}
    for name, value in sent:
        if name != "csrf_token":
            data.setdefault(name, []).append(value)
    return client.post(path, data=data)


def test_it_comes_up_after_password_and_factor_and_is_done_by_a_press(client, ended, clock, invited):
    assert ended.status_code == 403
    assert "Your session had ended, so nothing was done." in ended.text
    wrong = give_password(client, ended, password="not this one")
    assert wrong.status_code == 422
    question = give_password(client, wrong)
    assert question.status_code == 200
    assert "One more step" in question.text
    refused = give_code(client, question, "000000")
    assert refused.status_code == 422
    shown = give_code(client, refused, code_at(clock.now))
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert "What you typed is not sent yet" in shown.text
    for words in (NEW, "Support, Marketer", "Suomi", "Mail the invitation"):
        assert words in shown.text
    # In the order of the form, not in that of the classes it is made of.
    typed = shown.text.partition("<main")[2]
    assert typed.index("E-mail address") < typed.index("Roles") < typed.index("Language of the mail")
    assert invited() is None
    assert press(client, shown).status_code == 303
    assert (invited().roles, invited().language) == ({"support", "marketer"}, "fi")


def test_neither_passwords_nor_what_is_no_field_travels(ended, settings, clock):
    draft = drafts.unseal(settings.secret_keys, fields(ended)["draft"], clock.now)
    assert draft.endpoint == INVITATION
    assert {name for name, _value in draft.fields} == {"email", "roles", "language"}
    assert PASSWORD not in ended.text


def test_nobody_sees_it_by_the_password_alone(client, ended, clock):
    question = give_password(client, ended)
    assert NEW not in question.text
    assert client.get("/staff/members").status_code == 303


def test_whoever_signs_in_to_another_account_sees_nothing_of_it(
    client, ended, clock, database, settings, invited
):
    with database.session() as session:
        give_app(
            session,
            settings.secret_keys,
            make_member(session, "other@example.com", "administrator", now=clock.now),
        )
        session.commit()
    question = give_password(client, ended, email="other@example.com")
    answer = give_code(client, question, code_at(clock.now))
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert NEW not in answer.text
    assert invited() is None


def test_it_is_good_for_an_hour_and_only_as_it_was_sealed(client, ended, clock):
    sealed = fields(ended)["draft"]
    question = give_password(client, ended)
    changed = give_code(client, question, code_at(clock.now), draft=sealed[:-2] + "xx")
    assert (changed.status_code, changed.location) == (303, "/staff/")
    other = new_client(client.application)
    clock.advance(minutes=61)
    question = give_password(other, ended)
    assert give_code(other, question, code_at(clock.now)).status_code == 303


def test_a_draft_that_somebody_typed_who_is_not_on_the_staff_is_nobodys(client, ended, clock, settings):
    made = drafts.Draft(INVITATION, (("email", NEW),), uuid4())
    sealed = drafts.seal(settings.secret_keys, made, clock.now)
    question = give_password(client, ended, draft=sealed)
    assert give_code(client, question, code_at(clock.now)).status_code == 303


def test_where_it_cannot_be_told_who_typed_it_the_answer_shows_it_to_be_copied(client, invited):
    page = client.get(INVITATION)
    client.post("/staff/logout", data={"csrf_token": form_token(page)})
    answer = client.post(INVITATION, data={**TYPED, "csrf_token": form_token(page), "password": PASSWORD})
    assert answer.status_code == 403
    assert "draft" not in fields(answer)
    assert NEW in answer.text.partition("What you typed")[2]
    assert PASSWORD not in answer.text
    assert invited() is None


def test_a_form_of_another_session_of_this_browser_is_not_carried(client, sign_in_staff, clock):
    """Its token tells: one member's page posted after another member's session in the same browser."""
    clock.advance(days=40)
    answer = client.post(INVITATION, data={**TYPED, "csrf_token": "of another session"})
    assert "draft" not in fields(answer)
    assert NEW in answer.text


def test_what_is_larger_than_any_form_is_not_carried(client, clock):
    token = form_token(client.get(INVITATION))
    clock.advance(days=40)
    answer = client.post(INVITATION, data={**TYPED, "email": "x" * 30_000, "csrf_token": token})
    assert answer.status_code == 403
    assert "draft" not in fields(answer)


def test_a_post_that_holds_nothing_typed_says_that_nothing_was_done(client, clock):
    token = form_token(client.get("/staff/audit"))
    clock.advance(days=40)
    answer = client.post("/staff/audit/checks", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "Sign in and do it once more." in answer.text
    assert "draft" not in fields(answer)


def test_a_draft_that_another_site_brings_is_refused(client, ended):
    headers = {"Sec-Fetch-Site": "cross-site"}
    data = {"email": BOSS, "password": PASSWORD, "draft": fields(ended)["draft"]}
    assert client.post("/staff/login", data=data, headers=headers).status_code == 403


@pytest.fixture
def without_factor(database, clock):
    """The member at hand has lost every factor: the next password leads to setting one up."""
    with database.session() as session:
        session.execute(delete(TotpFactor))
        session.commit()


def test_it_waits_where_a_second_factor_has_to_be_set_up_first(
    client, ended, clock, without_factor, invited, database, settings
):
    waiting = give_password(client, ended)
    assert waiting.status_code == 200
    assert NEW not in waiting.text
    found = re.search(r'href="([^"]+)" target="_blank" rel="noopener">Set one up', waiting.text)
    assert "sign in once more" in waiting.text
    # The other tab: the password let them in as far as the page that the link opens.
    assert client.get(found[1]).status_code == 200
    assert set_app_up(client, clock.now).status_code == 200
    with database.session() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.email == BOSS)).one()
        session.execute(delete(TotpFactor))
        give_app(session, settings.secret_keys, member)
        session.commit()
    shown = give_code(client, give_password(client, waiting), code_at(clock.advance(minutes=1)))
    assert "What you typed is not sent yet" in shown.text
    assert invited() is None
    assert press(client, shown).status_code == 303
    assert invited().language == "fi"


def test_a_draft_of_nobody_leads_on_to_the_setup_at_once(client, ended, clock, without_factor):
    sealed = fields(ended)["draft"]
    answer = give_password(client, ended, draft=sealed[:-2] + "xx")
    assert (answer.status_code, answer.location) == (303, "/staff/factor")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_new_password_is_fetched_in_another_tab_and_the_page_says_that_it_waits(client, clock, language):
    token = form_token(client.get(INVITATION))
    clock.advance(days=40)
    headers = {"Accept-Language": language}
    page = client.post(INVITATION, data={**TYPED, "csrf_token": token}, headers=headers).text
    assert 'href="/staff/new-password" target="_blank" rel="noopener"' in page
    assert {"fi": "odottaa täällä tunnin", "en": "waits here for an hour"}[language] in page
    assert 'target="_blank"' not in client.get("/staff/login", headers=headers).text
