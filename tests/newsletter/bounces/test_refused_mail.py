"""Mail about accounts that a relay refuses while it is handed over: no report follows, its reply is read."""

import pytest
from sqlalchemy import select, update

from clevenio import outbox
from clevenio.accounts import mails as accounts
from clevenio.newsletter.bounces import matching, operations, replies
from clevenio.outbox import Mail, MailState
from clevenio.registry import load
from clevenio.smtp import Smtp
from tests.support.smtp_sink import Fault

ALL_MAIL = set(load().topics)
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def refused(database, settings, smtp_sink, customer, clock):
    """`refused("550 5.1.1 …")`: a relay refuses a mail to the customer while it is handed over."""

    def refuse(answer, at="recipient"):
        with database.session() as session:
            accounts.queue_reset(session, settings, customer, "made-up-token", clock.now)
            session.commit()
        smtp_sink.fault = Fault(**{f"at_{at}": answer})
        relay = Smtp(smtp_sink.url, timeout=5)
        outbox.deliver_due(database, relay, clock)
        relay.close()

    return refuse


def test_what_a_relay_refuses_at_once_is_noted_once(app, refused, bounces, shut, kept, customer):
    refused("550 5.1.1 no such mailbox")
    for _ in range(2):
        app.extensions["clevenio"].jobs.run("refused-account-mail")
    assert [(row.mail, row.kind, row.source) for row in bounces()] == [(kept()[0].id, "hard", "reply")]
    assert kept()[0].state == MailState.FAILED
    assert shut(customer) == dict.fromkeys(ALL_MAIL, "hard bounce")


def test_a_refusal_of_our_own_address_is_no_word_about_the_recipient(
    app, refused, bounces, shut, kept, customer
):
    refused("550 5.1.0 sender rejected", at="sender")
    app.extensions["clevenio"].jobs.run("refused-account-mail")
    [mail] = kept()
    assert (mail.state, mail.reply) == (MailState.FAILED, "our own address: 550 5.1.0 sender rejected")
    assert (bounces(), shut(customer)) == ([], {})


@ON_SQLITE
@pytest.mark.parametrize(
    "reply", ["451 ValueError", "421 ConnectionResetError", "the worker stopped at it, again and again", None]
)
def test_a_failure_of_ours_is_nothing_that_came_back(app, refused, bounces, database, reply):
    refused("550 5.1.1 no such mailbox")
    with database.session() as session:
        session.scalars(select(Mail)).one().reply = reply
        session.commit()
    app.extensions["clevenio"].jobs.run("refused-account-mail")
    assert bounces() == []


@ON_SQLITE
def test_what_somebody_decided_about_meanwhile_is_left_alone(refused, bounces, database, monkeypatch, clock):
    refused("550 5.1.1 no such mailbox")
    of_mail = matching.of_mail

    def decided(session, *arguments):
        session.execute(update(Mail).values(state=MailState.LET_GO))
        return of_mail(session, *arguments)

    monkeypatch.setattr(matching, "of_mail", decided)
    with database.session() as session:
        assert list(replies.note_others(session, clock)) == [False]
    assert bounces() == []


def test_each_is_committed_before_the_next_so_that_nobody_stays_locked(app, refused, bounces, monkeypatch):
    committed, note_about = [], operations.note_about

    def see(*arguments):
        committed.append(len(bounces()))
        return note_about(*arguments)

    for _ in range(3):
        refused("550 5.1.1 no such mailbox")
    monkeypatch.setattr(operations, "note_about", see)
    monkeypatch.setattr(replies, "BATCH", 2)
    app.extensions["clevenio"].jobs.run("refused-account-mail")
    assert (committed, len(bounces())) == ([0, 1, 2], 3)


@ON_SQLITE
def test_noting_commits_nothing_by_itself(refused, bounces, database, clock):
    refused("550 5.1.1 no such mailbox")
    with database.session() as session:
        assert list(replies.note_others(session, clock)) == [True]
    assert bounces() == []


@ON_SQLITE
@pytest.mark.parametrize("answer", ["550 no", "550 5.7.1 a policy of ours"])
def test_what_says_nothing_of_the_mailbox_suppresses_nobody(app, refused, bounces, shut, customer, answer):
    refused(answer)
    app.extensions["clevenio"].jobs.run("refused-account-mail")
    assert [row.kind for row in bounces()] == ["blocked"]
    assert shut(customer) == {}
