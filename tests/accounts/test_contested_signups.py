"""Several signups of one address: no password but its reader's own opens the account, whoever was first."""

import re

import pytest
from sqlalchemy import select

from clevenio.accounts import passwords
from clevenio.accounts.models import Account, Signup
from clevenio.accounts.queries import account_at
from tests.accounts.signup.conftest import EMAIL, GOOD, PATHS
from tests.support.accounts import PASSWORD, make_account
from tests.support.mailbox import link_in, text_of

STRANGER = {**GOOD, "first_name": "Eve", "password": "what the stranger typed"}
CHOSEN = "kolme kuusta mäellä"
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def sign_up(client, mailbox):
    """`sign_up(form)`: the path of the mailed link."""

    def post(form, language="en"):
        assert client.post(PATHS[language], data=form).status_code == 303
        return link_in(mailbox.newest(EMAIL), "/v/")

    return post


@pytest.fixture
def opens(client, other_session):
    """Whether the account lets somebody in by a password."""

    def log_in(password):
        with other_session() as session:
            account = account_at(session, EMAIL)
        return account is not None and passwords.matches(account.password, password)

    return log_in


@pytest.mark.parametrize("first", ["stranger", "owner"])
@pytest.mark.parametrize("used", [0, 1])
def test_neither_typed_password_holds_and_the_reader_chooses_one(sign_up, client, opens, first, used):
    order = (STRANGER, GOOD) if first == "stranger" else (GOOD, STRANGER)
    path = [sign_up(form) for form in order][used]
    page = client.get(path)
    assert 'name="password"' in page.text
    assert "none of those passwords holds" in page.text
    assert "whoever typed it chose its password" not in page.text
    assert client.post(path, data={"password": CHOSEN}).status_code == 303
    assert "the password you chose" in client.get(path).text
    assert (opens(CHOSEN), opens(GOOD["password"]), opens(STRANGER["password"])) == (True, False, False)
    assert client.post("/en/login", data={"email": EMAIL, "password": CHOSEN}).status_code == 303


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("typed", ["", "short", EMAIL, "Esimerkki Oy", None])
def test_without_a_password_that_will_do_nothing_opens(sign_up, client, other_session, language, typed):
    sign_up(STRANGER, language)
    path = sign_up(GOOD, language)
    answer = client.post(path, data={} if typed is None else {"password": typed})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert {"fi": "useammin kuin kerran", "en": "more than once"}[language] in answer.text
    with other_session() as session:
        assert session.scalars(select(Account)).all() == []
        assert len(session.scalars(select(Signup)).all()) == 2


def test_a_stranger_who_comes_between_page_and_press_changes_what_the_press_needs(sign_up, client, opens):
    path = sign_up(GOOD)
    assert 'name="password"' not in client.get(path).text
    sign_up(STRANGER)
    answer = client.post(path)
    assert answer.status_code == 422
    assert 'name="password"' in answer.text
    assert not opens(STRANGER["password"])


def test_the_same_password_typed_again_is_the_same_person(sign_up, client, opens, other_session):
    sign_up(GOOD)
    path = sign_up({**GOOD, "company": "Toinen Oy"})
    assert 'name="password"' not in client.get(path).text
    assert client.post(path).status_code == 303
    assert opens(GOOD["password"])


def test_one_that_was_refused_contests_nothing(sign_up, client, opens):
    refused, path = sign_up(STRANGER), sign_up(GOOD)
    client.post(f"{refused}/refusal")
    assert client.post(path).status_code == 303
    assert (opens(GOOD["password"]), opens(STRANGER["password"])) == (True, False)


@pytest.mark.parametrize("language", PATHS)
def test_a_link_that_did_not_open_the_account_says_which_password_holds(sign_up, client, language):
    other = sign_up(STRANGER, language)
    path = sign_up(GOOD, language)
    client.post(path, data={"password": CHOSEN})
    page = client.get(other).text
    said = {
        "fi": ("Tilisi on auki", "toisen viestimme linkistä", "/fi/uusi-salasana"),
        "en": ("Your account is open", "the link in another mail", "/en/new-password"),
    }
    for words in said[language]:
        assert words in page
    for untrue in ("the password you chose", "valitsemallasi salasanalla"):
        assert untrue not in page
    assert client.post(other).status_code == 303
    assert re.search("another mail|toisen viestimme", client.get(other).text)


@pytest.mark.parametrize("language", PATHS)
def test_the_second_mail_says_that_the_password_is_still_to_be_chosen(sign_up, mailbox, language):
    sign_up(GOOD, language)
    before = text_of(mailbox.newest(EMAIL))
    sign_up(STRANGER, language)
    after = text_of(mailbox.newest(EMAIL))
    words = {"fi": "valitset salasanan linkin takana", "en": "you choose the password"}[language]
    assert (words in " ".join(before.split()), words in " ".join(after.split())) == (False, True)


def test_a_second_mail_of_a_refused_signup_opens_nothing_and_says_so(sign_up, client, worker, mailbox):
    path = sign_up(GOOD)
    client.post("/en/signup/again", data={"email": EMAIL})
    worker()
    again = link_in(mailbox.newest(EMAIL), "/v/")
    assert again != path
    client.post(f"{path}/refusal")
    assert "The signup is deleted" in client.get(again).text


def test_the_second_mail_of_the_signup_that_was_opened_says_that_the_account_is_open(
    sign_up, client, worker, mailbox
):
    path = sign_up(GOOD)
    client.post("/en/signup/again", data={"email": EMAIL})
    worker()
    client.post(path)
    assert "Your account is open" in client.get(link_in(mailbox.newest(EMAIL), "/v/")).text


def test_an_account_that_moved_to_the_address_is_opened_by_no_signup(sign_up, client, database, opens):
    path = sign_up(GOOD)
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    assert client.post(path).status_code == 303
    assert "the password you chose" not in client.get(path).text
    assert (opens(GOOD["password"]), opens(PASSWORD)) == (False, True)
