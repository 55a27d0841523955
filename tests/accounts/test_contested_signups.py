"""Several signups of one address: no password but its reader's own opens the account, whoever was first."""

import re

import pytest
from sqlalchemy import select

from clevenio.accounts import passwords, signups
from clevenio.accounts.models import Account, Signup
from clevenio.accounts.queries import account_at
from clevenio.outbox import Mail, MailState
from tests.accounts.signup.conftest import EMAIL, GOOD, PATHS
from tests.support.accounts import PASSWORD, make_account
from tests.support.mailbox import link_in, text_of
from tests.support.retention import let_go

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
        "en": ("Your account is open", "the link in another e-mail", "/en/new-password"),
    }
    for words in said[language]:
        assert words in page
    for untrue in ("the password you chose", "valitsemallasi salasanalla"):
        assert untrue not in page
    assert client.post(other).status_code == 303
    assert re.search("another e-mail|toisen viestimme", client.get(other).text)


@pytest.mark.parametrize("language", PATHS)
def test_the_second_mail_says_that_the_password_is_still_to_be_chosen(sign_up, mailbox, language):
    sign_up(GOOD, language)
    before = text_of(mailbox.newest(EMAIL))
    sign_up(STRANGER, language)
    after = text_of(mailbox.newest(EMAIL))
    words = {"fi": "valitset salasanan sivulla, jonka linkki avaa", "en": "you choose the password"}[language]
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


def asks_for_a_password(client, path):
    return 'name="password"' in client.get(path).text


def spend_the_limit(sign_up, form):
    """As often as there is a mail for, by forms of one password that differ a little; the path of the last link."""
    return [sign_up({**form, "company": f"Oy {number}"}) for number in range(signups.MAILS.most)][-1]


def test_who_spends_the_limit_of_mails_is_not_the_only_one_to_wait(
    sign_up, client, mailbox, opens, other_session
):
    path = spend_the_limit(sign_up, STRANGER)
    assert not asks_for_a_password(client, path)
    sign_up(GOOD)
    assert len(mailbox.all(EMAIL)) == signups.MAILS.most
    assert client.post(path).status_code == 422
    assert asks_for_a_password(client, path)
    assert not opens(STRANGER["password"])
    # More of them add nothing: one without a mail is enough.
    for number in range(3):
        sign_up({**STRANGER, "password": f"yet another password {number}"})
    with other_session() as session:
        assert len(session.scalars(select(Signup)).all()) == signups.MAILS.most + 1
    assert client.post(path, data={"password": CHOSEN}).status_code == 303
    assert (opens(CHOSEN), opens(STRANGER["password"])) == (True, False)


def test_who_has_the_mail_sent_again_until_the_limit_is_spent_is_not_the_only_one_either(
    sign_up, client, worker, mailbox, clock
):
    path = sign_up(STRANGER)
    for _ in range(signups.MAILS.most):
        clock.advance(minutes=11)
        client.post("/en/signup/again", data={"email": EMAIL})
        worker()
    sign_up(GOOD)
    assert len(mailbox.all(EMAIL)) == signups.MAILS.most
    assert asks_for_a_password(client, path)


def test_one_without_a_mail_contests_the_newest_as_long_as_that_waits(sign_up, client, clock, database):
    sign_up({**STRANGER, "password": "the stranger's first one"})
    clock.advance(days=6)
    path = spend_the_limit(sign_up, STRANGER)
    sign_up(GOOD)
    with database.session() as session:
        let_go(session, signups.SWEEPS, clock.advance(days=1))
        session.commit()
    assert asks_for_a_password(client, path)


def test_one_without_a_mail_can_have_it_once_there_is_room_again(
    sign_up, client, worker, mailbox, clock, opens
):
    refused = [sign_up({**STRANGER, "company": f"Oy {number}"}) for number in range(signups.MAILS.most)]
    sign_up(GOOD)
    for path in refused:
        client.post(f"{path}/refusal")
    clock.advance(days=1, minutes=1)
    client.post("/en/signup/again", data={"email": EMAIL})
    worker()
    assert client.post(link_in(mailbox.newest(EMAIL), "/v/")).status_code == 303
    assert opens(GOOD["password"])


def test_beyond_the_limit_nothing_is_kept_of_an_address_with_an_account(
    sign_up, client, database, mailbox, other_session
):
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    for number in range(signups.MAILS.most + 2):
        client.post(PATHS["en"], data={**GOOD, "password": f"a password of its own {number}"})
    assert len(mailbox.all(EMAIL)) == signups.MAILS.most
    with other_session() as session:
        assert session.scalars(select(Signup)).all() == []


@pytest.mark.parametrize("ends", ["refusal", "expiry"])
def test_the_end_of_one_leaves_the_mail_of_another_alone(
    sign_up, client, database, clock, other_session, ends
):
    path = sign_up(STRANGER)
    clock.advance(days=1)
    sign_up(GOOD)
    with database.session() as session:
        newest = session.scalars(select(Mail).order_by(Mail.created_at.desc())).first()
        newest.state = MailState.FAILED
        session.commit()
    if ends == "refusal":
        client.post(f"{path}/refusal")
    else:
        with database.session() as session:
            let_go(session, signups.SWEEPS, clock.advance(days=6))
            session.commit()
    with other_session() as session:
        assert len(session.scalars(select(Signup)).all()) == 1
        kept = session.scalars(select(Mail).where(Mail.state == MailState.FAILED)).one()
        assert kept.recipient == EMAIL
