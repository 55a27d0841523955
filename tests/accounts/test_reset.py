"""A forgotten password: one answer for everybody, and a link that works once, for an hour, for one thing."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio.accounts import guessing, mail_requests, operations, password_changes, passwords, signups
from clevenio.accounts.mail_requests import Asked
from clevenio.accounts.models import Account, LoginSession, MailRequest
from clevenio.outbox import Mail
from clevenio.people import links, restrictions
from clevenio.people.models import Link
from tests.accounts.test_signup import GOOD
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import new_client
from tests.support.factories import make_person
from tests.support.mailbox import link_in

EMAIL = "aino@example.com"
NEW = "kolme uutta sanaa"
PATHS = {"fi": "/fi/uusi-salasana", "en": "/en/new-password"}


@pytest.fixture
def account(database):
    """A committed account; its id."""
    with database.session() as session:
        made = make_account(session, EMAIL)
        session.commit()
        return made.id


@pytest.fixture
def kept(other_session, account):
    """What is kept of the account's password."""

    def find():
        with other_session() as session:
            return session.get_one(Account, account).password

    return find


@pytest.fixture
def count(other_session):
    """How many rows of a kind there are."""

    def rows(kind):
        with other_session() as session:
            return session.scalar(select(func.count()).select_from(kind))

    return rows


def ask(client, email=EMAIL, language="en"):
    return client.post(PATHS[language], data={"email": email})


@pytest.fixture
def link(client, account, worker, mailbox, clock):
    """The path of a link that was mailed to the account."""
    ask(client)
    worker()
    return link_in(mailbox.newest(EMAIL), "/r/")


def log_in(client, password=PASSWORD, email=EMAIL):
    return client.post("/en/login", data={"email": email, "password": password}).status_code


def test_from_the_request_to_the_login_with_a_new_password(client, app, link, kept, worker, mailbox):
    before = kept()
    assert "For the account of aino@example.com." in client.get(link).text
    assert kept() == before
    response = client.post(link, data={"password": NEW})
    assert (response.status_code, response.location) == (303, link)
    assert "Your password has been changed" in client.get(response.location).text
    assert passwords.matches(kept(), NEW)
    assert [log_in(new_client(app), each) for each in (PASSWORD, NEW)] == [422, 303]
    assert mailbox.newest(EMAIL, 2)["Subject"] == "Your password was changed"


@pytest.mark.parametrize("language", PATHS)
def test_everybody_gets_one_answer_and_only_an_open_account_a_mail(
    app, account, database, settings, worker, mailbox, clock, language, count
):
    with database.session() as session:
        operations.disable(session, make_account(session, "disabled@example.com"), clock.now)
        make_person(session, "reader@example.com")
        session.commit()
    new_client(app).post("/en/signup", data={**GOOD, "email": "waiting@example.com"})
    sent = len(mailbox.all())
    addresses = ["aino", "nobody", "disabled", "reader", "waiting"]
    answers = [ask(new_client(app), f"{name}@example.com", language) for name in addresses]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    assert count(MailRequest) == len(addresses)
    worker()
    assert [str(mail["To"]) for mail in mailbox.all()[sent:]] == [EMAIL]
    assert count(MailRequest) == 0


@pytest.mark.parametrize(
    "email", ["", "no address", "a b@example.com", "aino@example.com\r\nBcc: x@example.com"]
)
@pytest.mark.parametrize("path", [*PATHS.values(), "/fi/rekisteroidy/uudelleen", "/en/signup/again"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_no_address_is_named(client, count, email, path):
    response = client.post(path, data={"email": email})
    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    assert count(MailRequest) == 0


def test_an_address_may_be_spelt_as_people_spell_it(client, account, worker, mailbox, clock):
    ask(client, " AINO@example.com\u200b")
    worker()
    assert mailbox.newest(EMAIL)["To"] == EMAIL


def test_a_doubled_post_is_one_request_and_a_stranger_cannot_use_the_links_up(
    client, account, worker, mailbox, clock
):
    for _ in range(2):
        ask(client)
    worker()
    assert len(mailbox.all(EMAIL)) == 1
    for _ in range(6):
        clock.advance(minutes=11)
        ask(client)
        worker()
        # Whatever strangers ask, some link in the mailbox works.
        newest = link_in(mailbox.newest(EMAIL), "/r/")
        assert client.get(newest).status_code == 200
    assert len(mailbox.all(EMAIL)) == password_changes.LINKS.most + 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_network_that_asks_too_often_is_told_so(client, account, monkeypatch, count, clock):
    monkeypatch.setattr("clevenio.web.network.POSTS", guessing.Limit("few", 2, guessing.QUARTER))
    answers = [ask(client, f"somebody{number}@example.com").status_code for number in range(3)]
    assert answers == [303, 303, 429]
    assert count(MailRequest) == 2


def test_a_link_works_once(client, link, kept):
    client.post(link, data={"password": NEW})
    after = kept()
    assert client.post(link, data={"password": "another one again"}).status_code == 404
    assert 'name="password"' not in client.get(link).text
    assert kept() == after


@pytest.mark.parametrize("way", ["used", "too old", "cut short"])
def test_a_link_that_no_longer_works_offers_a_new_one_on_the_spot(client, link, worker, mailbox, clock, way):
    if way == "used":
        client.post(link, data={"password": NEW})
    clock.advance(minutes=61)
    path = link[:-3] if way == "cut short" else link
    page = client.get(path)
    assert page.status_code == 404
    assert "This link no longer works" in page.text
    action = re.search(r'<form method="post" action="([^"]+password)"', page.text)[1]
    before = len(mailbox.all(EMAIL))
    assert client.post(action, data={"email": EMAIL}).status_code == 303
    worker()
    assert len(mailbox.all(EMAIL)) == before + 1
    assert client.get(link_in(mailbox.newest(EMAIL), "/r/")).status_code == 200


@pytest.mark.parametrize(
    "password", ["", "short", "password123", EMAIL, "Esimerkki Oy", "a" * 257, "x" * 262144]
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_password_that_will_not_do_is_named_and_uses_no_link_up(client, link, kept, password):
    before = kept()
    response = client.post(link, data={"password": password})
    assert response.status_code == 422
    assert 'id="password-error"' in response.text
    assert kept() == before
    assert client.post(link, data={"password": NEW}).status_code == 303


def test_used_expired_forged_and_foreign_links_look_alike(
    client, link, database, settings, account, clock, kept, worker, mailbox
):
    with database.session() as session:
        person = session.get_one(Account, account).person_id
        data = {"account": str(account)}
        foreign = [
            links.make(session, settings.mail_keys, purpose, clock.now, person=person, data=data)
            for purpose in ("verify", "confirm", "unsubscribe", "address")
        ]
        of_staff = links.make(session, settings.secret_keys, "reset", clock.now, person=person, data=data)
        session.commit()
    used = link
    client.post(used, data={"password": NEW})
    clock.advance(minutes=11)
    ask(client)
    worker()
    expired = link_in(mailbox.newest(EMAIL), "/r/")
    clock.advance(hours=1)
    before = kept()
    paths = [used, expired, used[:-1], "/r/token", *(f"/r/{token}" for token in (*foreign, of_staff))]
    answers = [client.get(path) for path in paths]
    answers += [client.post(path, data={"password": "another one again"}) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    # The bar names the page it stands on; nothing else differs.
    assert len({answer.text.replace(answer.request.path, "") for answer in answers}) == 1
    assert kept() == before


def test_a_link_opens_nothing_of_another_purpose(client, link):
    token = link.removeprefix("/r/")
    for path in (f"/v/{token}", f"/c/{token}", f"/u/{token}", f"/staff/invitation/{token}"):
        assert client.get(path).status_code == 404


def test_every_session_ends_and_other_links_die(client, app, account, worker, mailbox, clock, other_session):
    browsers = [new_client(app) for _ in range(2)]
    assert [log_in(browser) for browser in browsers] == [303, 303]
    paths = []
    for _ in range(2):
        clock.advance(minutes=11)
        ask(client)
        worker()
        paths.append(link_in(mailbox.newest(EMAIL), "/r/"))
    client.post(paths[1], data={"password": NEW})
    assert [browser.get("/en/account").status_code for browser in browsers] == [303, 303]
    assert client.get(paths[0]).status_code == 404
    with other_session() as session:
        assert None not in session.scalars(select(LoginSession.ended_at)).all()


def test_of_two_presses_at_once_one_counts(app, link, kept, other_session):
    barrier = Barrier(2)

    def press(password):
        barrier.wait()
        return new_client(app).post(link, data={"password": password}).status_code

    with ThreadPoolExecutor(2) as pool:
        typed = ["seven green stones", "eight green stones"]
        answers = list(pool.map(press, typed))
    assert sorted(answers) == [303, 404]
    assert passwords.matches(kept(), typed[answers.index(303)])
    with other_session() as session:
        assert len(session.scalars(select(Link).where(Link.used_at.is_not(None))).all()) == 1


def test_a_disabled_account_gets_no_link_and_its_links_open_nothing(
    client, link, database, account, worker, mailbox, clock
):
    with database.session() as session:
        operations.disable(session, session.get_one(Account, account), clock.now)
        session.commit()
    assert client.post(link, data={"password": NEW}).status_code == 404
    clock.advance(minutes=11)
    ask(client)
    worker()
    assert len(mailbox.all(EMAIL)) == 1
    assert log_in(client) == 422


def test_who_guessed_before_comes_in_after_the_reset(client, link):
    for _ in range(guessing.CUSTOMERS.pair.most):
        log_in(client, "a guess")
    assert log_in(client) == 429
    client.post(link, data={"password": NEW})
    assert log_in(client, NEW) == 303


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_links_in_mails_name_our_own_address_whatever_the_request_says(
    client, account, worker, mailbox, clock, header
):
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = client.post(PATHS["en"], data={"email": EMAIL}, headers={header: value})
    worker()
    # A host that is not ours may be refused; where the post is taken, the mail knows nothing of it.
    assert answer.status_code == (400 if mailbox.all() == [] else 303)
    assert header == "Host" or mailbox.all()
    for mail in mailbox.all():
        assert "http://localhost/r/" in mail.get_body(("plain",)).get_content()
        assert "evil.example" not in mail.as_string()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_field_sent_twice_counts_once(client, account, worker, mailbox, clock):
    client.post(PATHS["en"], data={"email": [EMAIL, "thief@example.com"]})
    worker()
    assert [str(mail["To"]) for mail in mailbox.all()] == [EMAIL]
    path = link_in(mailbox.newest(EMAIL), "/r/")
    more = {"account": "x", "person_id": "x", "is_staff": "1", "id": "1"}
    assert client.post(path, data={"password": [NEW, "short"], **more}).status_code == 303
    assert log_in(client, NEW) == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_site_cannot_ask_or_set(client, link, kept):
    before = kept()
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(link, data={"password": NEW}, headers=headers).status_code == 403
    assert client.post(PATHS["en"], data={"email": EMAIL}, headers=headers).status_code == 403
    assert kept() == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_behind_the_link_is_kept_nowhere(client, link):
    response = client.get(link)
    assert response.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.text
    assert "Set-Cookie" not in response.headers


def again(client, email, language="en"):
    path = {"fi": "/fi/rekisteroidy/uudelleen", "en": "/en/signup/again"}[language]
    return client.post(path, data={"email": email})


def test_the_mail_of_a_signup_is_sent_again(client, worker, mailbox, clock):
    client.post("/en/signup", data=GOOD)
    clock.advance(days=2)
    assert again(client, GOOD["email"].upper()).location == "/en/signup/mail"
    worker()
    first, second = (link_in(mail, "/v/") for mail in mailbox.all(GOOD["email"]))
    assert first != second
    clock.advance(days=4)
    assert client.post(second).status_code == 303
    assert "Your account is open" in client.get(first).text


def test_a_link_sent_again_works_no_longer_than_the_signup_is_kept(client, worker, mailbox, clock, app):
    client.post("/en/signup", data=GOOD)
    clock.advance(days=6)
    again(client, GOOD["email"])
    worker()
    path = link_in(mailbox.newest(GOOD["email"]), "/v/")
    clock.advance(days=1, minutes=1)
    app.extensions["clevenio"].jobs.run("signups")
    assert client.get(path).status_code == client.post(path).status_code == 404


def test_asking_again_gives_everybody_one_answer(app, account, database, worker, mailbox, clock):
    with database.session() as session:
        make_person(session, "reader@example.com")
        session.commit()
    new_client(app).post("/en/signup", data={**GOOD, "email": "waiting@example.com"})
    clock.advance(minutes=30)
    answers = [
        again(new_client(app), f"{name}@example.com") for name in ("aino", "nobody", "reader", "waiting")
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/en/signup/mail")}
    worker()
    assert [str(mail["To"]) for mail in mailbox.all()] == [
        "waiting@example.com",
        EMAIL,
        "waiting@example.com",
    ]
    assert mailbox.newest(EMAIL)["Subject"] == "You already have an account"


def test_how_often_the_mail_is_sent_again_is_limited(client, worker, mailbox, clock):
    client.post("/en/signup", data=GOOD)
    for _ in range(signups.MAILS.most + 2):
        clock.advance(minutes=11)
        assert again(client, GOOD["email"]).status_code == 303
        worker()
    assert len(mailbox.all(GOOD["email"])) == signups.MAILS.most


def test_a_request_is_answered_once_though_the_worker_runs_twice(client, account, app, mailbox, clock, count):
    ask(client)
    for _ in range(2):
        app.extensions["clevenio"].jobs.run("account-mail")
    assert count(Mail) == 1


def test_a_request_that_fails_holds_up_no_other_and_is_tried_again(
    client, account, app, mailbox, clock, count, monkeypatch, worker
):
    def fail(*_):
        raise RuntimeError("made-up fault")

    client.post("/en/signup", data=GOOD)
    clock.advance(minutes=11)
    ask(client)
    clock.advance(seconds=1)
    again(client, GOOD["email"])
    answers = mail_requests.ANSWERS
    monkeypatch.setattr(mail_requests, "ANSWERS", {**answers, Asked.RESET: fail})
    worker()
    assert len(mailbox.all(GOOD["email"])) == 2
    assert count(MailRequest) == 1
    monkeypatch.setattr(mail_requests, "ANSWERS", answers)
    worker()
    assert mailbox.all(EMAIL) == [], "not again at once"
    clock.advance(minutes=10)
    worker()
    assert len(mailbox.all(EMAIL)) == 1
    assert count(MailRequest) == 0


def test_a_restricted_person_gets_no_link_and_links_from_before_open_nothing(
    client, link, database, account, worker, mailbox, clock
):
    with database.session() as session:
        key = session.get_one(Account, account).person.address_key
        restrictions.restrict(session, key, restrictions.Ground.GUARDIAN, uuid4(), clock.now)
        session.commit()
    assert client.get(link).status_code == client.post(link, data={"password": NEW}).status_code == 404
    clock.advance(minutes=11)
    ask(client)
    again(client, EMAIL)
    worker()
    assert len(mailbox.all(EMAIL)) == 1


def test_after_a_link_was_used_another_is_sent_at_once_however_often(client, app, link, worker, mailbox):
    for number in range(4):
        assert new_client(app).post(link, data={"password": f"{NEW} {number}"}).status_code == 303
        ask(client)
        worker()
        newest = link_in(mailbox.newest(EMAIL), "/r/")
        assert newest != link
        link = newest
