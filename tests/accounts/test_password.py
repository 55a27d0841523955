"""Another password in the account: the present one is asked, everybody else is out, the owner is told."""

import unicodedata

import pytest

from clevenio.accounts import password_changes, passwords, queries
from clevenio.people.addresses import address
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client
from tests.support.mailbox import text_of

EMAIL = "aino@example.com"
NEW = "kolme uutta sanaa"
PATHS = {
    "fi": ("/fi/tili/kirjautuminen", "/fi/tili/salasana"),
    "en": ("/en/account/security", "/en/account/password"),
}


@pytest.fixture
def kept(other_session):
    """What is kept of the account's password."""

    def find():
        with other_session() as session:
            return queries.account_at(session, address(EMAIL).key).password

    return find


def change(client, present=PASSWORD, password=NEW, language="en", **more):
    page, path = PATHS[language]
    token = form_token(client.get(page))
    form = {"csrf_token": token, "present": present, "password": password, **more}
    return client.post(path, data=form)


@pytest.mark.parametrize("typed", [PASSWORD, "pässword mit Umläuten"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_new_password_may_not_be_the_old_one(sign_in_account, kept, mailbox, clock, typed):
    client, before = sign_in_account(), kept()
    # The same letters, composed and in parts: two keyboards, one password.
    answer = change(client, typed, unicodedata.normalize("NFD", typed))
    assert answer.status_code == 422
    assert "The new password is the same as the present one." in answer.text
    assert (kept(), mailbox.all(EMAIL)) == (before, [])


def log_in(client, password):
    return client.post("/en/login", data={"email": EMAIL, "password": password})


@pytest.mark.parametrize("language", PATHS)
def test_everybody_else_is_out_and_this_browser_goes_on(sign_in_account, app, kept, mailbox, clock, language):
    client = sign_in_account(language=language)
    other = new_client(app)
    log_in(other, PASSWORD)
    before = client.get_cookie("session").value
    response = change(client, language=language)
    assert (response.status_code, response.location) == (303, PATHS[language][0])
    assert passwords.matches(kept(), NEW)
    assert client.get(response.location).status_code == 200
    assert other.get("/en/account").status_code == 303
    thief = new_client(app)
    thief.set_cookie("session", before)
    assert thief.get("/en/account").status_code == 303
    assert [log_in(new_client(app), each).status_code for each in (PASSWORD, NEW)] == [422, 303]
    assert len(mailbox.all(EMAIL)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_two_changes_at_once_the_second_needs_the_first_ones_password(
    sign_in_account, kept, database, monkeypatch
):
    client, hashed = sign_in_account(), passwords.hashed
    theirs = hashed("somebody was faster")

    def hashing(typed):
        with database.session() as session:
            queries.account_at(session, address(EMAIL).key).password = theirs
            session.commit()
        return hashed(typed)

    monkeypatch.setattr(passwords, "hashed", hashing)
    assert change(client).status_code == 422
    assert kept() == theirs


@pytest.mark.parametrize(
    ("present", "password", "field"),
    [
        ("", NEW, "present"),
        ("not the password", NEW, "present"),
        (PASSWORD, "", "password"),
        (PASSWORD, "short", "password"),
        (PASSWORD, EMAIL, "password"),
        (PASSWORD, "y" * 262144, "password"),
        ("y" * 262144, NEW, "present"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_will_not_do_is_named_and_changes_nothing(
    sign_in_account, kept, mailbox, present, password, field
):
    client, before = sign_in_account(), kept()
    response = change(client, present, password)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert PASSWORD not in response.text
    assert kept() == before
    assert mailbox.all() == []


def test_who_sits_at_a_browser_left_open_cannot_guess_the_password(sign_in_account, kept, clock):
    client, before = sign_in_account(), kept()
    answers = [change(client, "a guess").status_code for _ in range(password_changes.PROOFS.most + 1)]
    assert answers == [422] * password_changes.PROOFS.most + [429]
    assert change(client).status_code == 429
    assert kept() == before
    clock.now += password_changes.PROOFS.window
    assert change(client).status_code == 303


def test_the_right_password_forgives_those_typed_wrong(sign_in_account, clock):
    client = sign_in_account()
    for _ in range(password_changes.PROOFS.most - 1):
        change(client, "a guess")
    assert change(client).status_code == 303
    assert change(client, "a guess").status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_post_needs_its_token_and_a_session(sign_in_account, client, kept):
    signed_in, before = sign_in_account(), kept()
    form = {"present": PASSWORD, "password": NEW}
    assert signed_in.post(PATHS["en"][1], data=form).status_code == 400
    assert signed_in.post(PATHS["en"][1], data={**form, "csrf_token": "forged"}).status_code == 400
    assert client.post(PATHS["en"][1], data=form).status_code == 403
    assert kept() == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_elses_token_is_no_token(sign_in_account, app, kept):
    mine, before = sign_in_account(), kept()
    token = form_token(sign_in_account("other@example.com").get(PATHS["en"][0]))
    form = {"csrf_token": token, "present": PASSWORD, "password": NEW}
    assert mine.post(PATHS["en"][1], data=form).status_code == 400
    assert kept() == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_other_account_is_changed_by_naming_it(sign_in_account, kept, other_session):
    mine, before = sign_in_account("other@example.com"), None
    sign_in_account(EMAIL)
    before = kept()
    with other_session() as session:
        victim = queries.account_at(session, address(EMAIL).key)
    more = {
        "id": str(victim.id),
        "account": str(victim.id),
        "person_id": str(victim.person_id),
        "email": EMAIL,
    }
    assert change(mine, **more, is_staff="1").status_code == 303
    assert kept() == before


def test_the_mail_says_what_to_do_if_it_was_somebody_else(sign_in_account, mailbox, clock):
    change(sign_in_account(language="fi"), language="fi")
    text = text_of(mailbox.newest(EMAIL))
    assert "http://localhost/fi/uusi-salasana" in text
    assert NEW not in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_errors_are_listed_in_the_order_of_the_fields(sign_in_account):
    client = sign_in_account()
    token = form_token(client.get("/en/account/password"))
    listed = client.post("/en/account/password", data={"csrf_token": token}).text.partition('id="errors"')[2]
    assert listed.index('href="#present"') < listed.index('href="#password"')
