import contextlib
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.mail import Folder
from clevenio.outbox import Mail, MailState
from clevenio.settings import Settings
from clevenio.smtp import BROKEN, Lost, Reply
from tests.support.application import Clock

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)


class Relay:
    """A transport that answers as told and remembers what it was given."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.given = []

    def deliver(self, sender, to, message, before_body):
        answer = self.answers.pop(0) if self.answers else Reply(250, "ok")
        if isinstance(answer, Lost) and not answer.after_data:
            raise answer
        before_body()
        self.given.append((to, message))
        if isinstance(answer, Lost):
            raise answer
        return answer

    def close(self):
        pass


def queue(database, to="aino@example.fi"):
    with database.session() as session:
        outbox.queue(
            session,
            kind="account",
            sender="account@example.com",
            recipient=to,
            subject="Hello",
            message=b"Subject: Hello\r\n\r\nHello\r\n",
            now=NOW,
        )
        session.commit()


def deliver_due(database, relay, now):
    return outbox.deliver_due(database, relay, lambda: now)


def state(other_session):
    with other_session() as session:
        return session.scalars(select(Mail)).one()


def test_a_mail_is_delivered_once_and_its_text_forgotten(database, other_session):
    queue(database)
    relay = Relay()
    assert deliver_due(database, relay, NOW) == 1
    assert deliver_due(database, relay, NOW + timedelta(days=1)) == 0
    mail = state(other_session)
    assert (mail.state, mail.message, len(relay.given)) == (MailState.SENT, b"", 1)


def test_a_mail_that_was_rolled_back_never_leaves(database):
    with database.session() as session:
        outbox.queue(
            session,
            kind="account",
            sender="a@example.com",
            recipient="b@example.com",
            subject="x",
            message=b"",
            now=NOW,
        )
    assert deliver_due(database, Relay(), NOW) == 0


def test_a_later_answer_is_tried_again_later(database, other_session):
    queue(database)
    relay = Relay(Reply(451, "later"))
    deliver_due(database, relay, NOW)
    assert state(other_session).state == MailState.PENDING
    assert deliver_due(database, relay, NOW) == 0
    assert deliver_due(database, relay, NOW + timedelta(minutes=2)) == 1
    assert state(other_session).state == MailState.SENT


def test_a_final_no_is_final(database, other_session):
    queue(database)
    deliver_due(database, Relay(Reply(550, "nobody")), NOW)
    mail = state(other_session)
    assert (mail.state, mail.reply) == (MailState.FAILED, "550 nobody")


def test_trying_ends_one_day(database, other_session):
    queue(database)
    moment = NOW
    for _ in range(len(outbox.BACKOFF) + 1):
        deliver_due(database, Relay(Reply(451, "later")), moment)
        moment += timedelta(days=2)
    assert state(other_session).state == MailState.FAILED


def test_a_relay_that_is_away_costs_nothing(database, other_session):
    queue(database)
    deliver_due(database, Relay(Lost("refused", after_data=False)), NOW)
    assert state(other_session).state == MailState.PENDING


def test_a_relay_that_is_away_is_waited_for_once_and_costs_the_others_no_try(database, other_session):
    for name in ("aino", "eero", "liisa"):
        queue(database, f"{name}@example.fi")
    relay = Relay(*[Lost("the relay did not answer in time", after_data=False)] * 2)
    assert deliver_due(database, relay, NOW) == 1
    with other_session() as session:
        assert sorted(session.scalars(select(Mail.attempts))) == [0, 0, 1]
    assert deliver_due(database, relay, NOW + timedelta(minutes=1)) == 1
    assert deliver_due(database, relay, NOW + timedelta(hours=1)) == 3


class Unwritable(Relay):
    """A relay whose client breaks at the mails to one address, before or after the body."""

    def __init__(self, broken, after_body=False):
        super().__init__()
        self.broken, self.after_body = broken, after_body

    def deliver(self, sender, to, message, before_body):
        if to == self.broken:
            if self.after_body:
                before_body()
            raise ValueError("nothing that a relay could say")
        return super().deliver(sender, to, message, before_body)


def test_a_mail_that_cannot_be_handed_over_holds_no_other_up_and_fails_in_the_end(database, other_session):
    queue(database)
    relay, moment, tries = Unwritable("aino@example.fi"), NOW, 0
    while deliver_due(database, relay, moment):
        queue(database, "matti@example.fi")
        assert deliver_due(database, relay, moment) == 1
        moment, tries = moment + timedelta(days=1), tries + 1
    assert tries == len(outbox.BACKOFF) + 1
    assert len(relay.given) == tries
    with other_session() as session:
        mail = session.scalars(select(Mail).where(Mail.recipient == "aino@example.fi")).one()
    assert (mail.state, mail.reply, mail.finished_at) == (
        MailState.FAILED,
        BROKEN,
        moment - timedelta(days=1),
    )


def test_what_breaks_after_the_body_is_uncertain_and_not_repeated(database, other_session):
    queue(database)
    assert deliver_due(database, Unwritable("aino@example.fi", after_body=True), NOW) == 1
    assert deliver_due(database, Relay(), NOW + timedelta(days=1)) == 0
    assert (state(other_session).state, state(other_session).reply) == (MailState.UNCERTAIN, BROKEN)


def test_a_mail_at_which_the_worker_dies_again_and_again_fails_in_the_end(database, other_session):
    class Killed(BaseException):
        pass

    class Deadly(Relay):
        def deliver(self, *_):
            raise Killed

    queue(database)
    moment = NOW
    for _ in range(len(outbox.BACKOFF) + 1):
        with contextlib.suppress(Killed):
            deliver_due(database, Deadly(), moment)
            pytest.fail("the mail was given up early")
        moment += outbox.LEASE
    assert deliver_due(database, Deadly(), moment) == 0
    assert state(other_session).state == MailState.FAILED


def test_a_disk_that_stays_full_for_long_costs_no_mail_its_attempts(database, other_session, tmp_path):
    full = tmp_path / "full"
    full.write_text("no folder can be made here")
    queue(database)
    moment = NOW
    for _ in range(2 * len(outbox.BACKOFF)):
        with pytest.raises(OSError, match="full"):
            deliver_due(database, Folder(full), moment)
        moment += outbox.LEASE
    assert (state(other_session).state, state(other_session).attempts) == (MailState.PENDING, 0)
    full.unlink()
    assert deliver_due(database, Folder(full), moment) == 1
    assert state(other_session).state == MailState.SENT


def test_a_broken_line_after_the_body_is_uncertain_and_not_repeated(database, other_session):
    queue(database)
    deliver_due(database, Relay(Lost("reset", after_data=True)), NOW)
    assert state(other_session).state == MailState.UNCERTAIN
    assert deliver_due(database, Relay(), NOW + timedelta(days=9)) == 0


def test_a_worker_that_dies_while_sending_leaves_an_uncertain_mail(database, other_session):
    queue(database)

    class Dies(BaseException):
        pass

    class Dying(Relay):
        def deliver(self, sender, to, message, before_body):
            before_body()
            raise Dies

    with contextlib.suppress(Dies):
        deliver_due(database, Dying(), NOW)
    assert state(other_session).state == MailState.SENDING
    later = NOW + outbox.LEASE + timedelta(seconds=1)
    assert deliver_due(database, Relay(), later) == 0
    assert state(other_session).state == MailState.UNCERTAIN


def test_a_worker_that_dies_before_sending_loses_nothing(database, other_session):
    queue(database)

    class Dies(BaseException):
        pass

    class Dying(Relay):
        def deliver(self, sender, to, message, before_body):
            raise Dies

    with contextlib.suppress(Dies):
        deliver_due(database, Dying(), NOW)
    assert deliver_due(database, Relay(), NOW + timedelta(seconds=1)) == 0
    assert deliver_due(database, Relay(), NOW + outbox.LEASE + timedelta(seconds=1)) == 1
    assert state(other_session).state == MailState.SENT


def test_a_worker_that_lost_its_mail_to_another_sends_nothing(database, other_session):
    queue(database)
    other = Relay()

    class Slow(Relay):
        def deliver(self, sender, to, message, before_body):
            assert deliver_due(database, other, NOW + outbox.LEASE) == 1
            return super().deliver(sender, to, message, before_body)

    slow = Slow()
    deliver_due(database, slow, NOW)
    assert (len(slow.given), len(other.given)) == (0, 1)
    assert state(other_session).state == MailState.SENT


def test_each_mail_of_a_long_run_has_a_whole_lease(database):
    clock, left = Clock(NOW), []
    queue(database, "aino@example.fi")
    queue(database, "matti@example.fi")

    class Slow(Relay):
        def deliver(self, sender, to, message, before_body):
            with database.session(write=False) as session:
                mail = session.scalars(select(Mail).where(Mail.recipient == to)).one()
            left.append(mail.due_at - clock())
            clock.advance(minutes=6)
            return super().deliver(sender, to, message, before_body)

    assert outbox.deliver_due(database, Slow(), clock) == 2
    assert left == [outbox.LEASE] * 2


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("reply_to", [None, "answers@example.com"])
def test_an_account_mail_is_rendered_and_queued_in_one_go(database, other_session, tmp_path, reply_to):
    env = {
        "CLEVENIO_DATA": str(tmp_path),
        "CLEVENIO_BASE_URL": "https://www.example.com",
        "CLEVENIO_ACCOUNT_FROM": "Clevenio <account@example.com>",
        **({"CLEVENIO_REPLY_TO": reply_to} if reply_to else {}),
    }
    person = uuid4()
    with database.session() as session:
        outbox.queue_account_mail(
            session,
            Settings.from_env(env),
            "newsletter/mail/confirm.html",
            kind="subscription",
            to="aino@example.fi",
            language="fi",
            now=NOW,
            person=person,
            names=["Uutiskirje"],
            link="https://www.example.com/c/token",
        )
        session.commit()
    row = state(other_session)
    message = message_from_bytes(row.message, policy=policy.default)
    assert (row.kind, row.person, row.sender, row.recipient) == (
        "subscription",
        person,
        "account@example.com",
        "aino@example.fi",
    )
    assert row.subject == message["Subject"]
    assert (message["From"], message["To"], message["Content-Language"], message["Reply-To"]) == (
        "Clevenio <account@example.com>",
        "aino@example.fi",
        "fi",
        reply_to,
    )
    assert re.fullmatch(r"<[\w-]{20}@www\.example\.com>", message["Message-ID"])
    assert message["List-Unsubscribe"] is None


def test_a_report_about_an_older_mail_does_not_end_the_wait_for_a_silent_relay(database, other_session):
    queue(database)
    deliver_due(database, Relay(), NOW)
    for _ in range(4):
        queue(database)
    relay = Relay(*(Lost("silence", after_data=True, in_a_row=number) for number in (1, 2, 3)))
    assert deliver_due(database, relay, NOW) == 3
    moment = NOW + timedelta(seconds=30)
    with database.session() as session:
        taken = session.scalars(select(Mail).where(Mail.state == MailState.SENT)).one()
        outbox.come_back(taken, moment)
        session.commit()
    assert deliver_due(database, Relay(), moment) == 0
    assert deliver_due(database, Relay(), NOW + timedelta(minutes=2)) == 1
