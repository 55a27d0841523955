"""A forgotten password: one answer for everybody, and a mail for whoever has an account."""

import pytest

from clevenio.accounts import guessing, mail_requests, operations, password_changes
from clevenio.accounts.mail_requests import Asked
from clevenio.accounts.models import MailRequest
from clevenio.outbox import Mail
from tests.accounts.reset.conftest import EMAIL, NEW, PATHS, again, ask, log_in
from tests.accounts.signup.conftest import GOOD
from tests.support.accounts import make_account
from tests.support.application import new_client
from tests.support.factories import make_person
from tests.support.mailbox import link_in


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


def test_after_a_link_was_used_another_is_sent_at_once_however_often(client, app, link, worker, mailbox):
    for number in range(4):
        assert new_client(app).post(link, data={"password": f"{NEW} {number}"}).status_code == 303
        ask(client)
        worker()
        newest = link_in(mailbox.newest(EMAIL), "/r/")
        assert newest != link
        link = newest
