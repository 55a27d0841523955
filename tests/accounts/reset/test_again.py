"""The mail of a signup, sent again: one answer for everybody, and not without end."""

from clevenio.accounts import signups
from tests.accounts.reset.conftest import EMAIL, again
from tests.accounts.signup.conftest import GOOD
from tests.support.application import new_client
from tests.support.factories import make_person
from tests.support.mailbox import link_in


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
    app.extensions["clevenio"].jobs.run("retention")
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
