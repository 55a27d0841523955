"""The link to a new password: it works once, for an hour, for one thing."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.accounts import guessing, operations, passwords
from clevenio.accounts.models import Account, LoginSession
from clevenio.people import links, restrictions
from clevenio.people.models import Link
from tests.accounts.reset.conftest import EMAIL, NEW, again, ask, log_in
from tests.support.accounts import PASSWORD
from tests.support.application import new_client
from tests.support.mailbox import link_in


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


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_behind_the_link_is_kept_nowhere_and_nothing_lies_over_its_button(client, link):
    response = client.get(link)
    assert response.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex, nofollow">' in response.text
    assert 'id="site-choices"' not in response.text
    assert "Set-Cookie" not in response.headers


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
