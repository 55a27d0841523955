"""Reports that hold what no database takes: each is set aside by itself, and what comes after it is read."""

import base64

import pytest
from sqlalchemy import select

from clevenio.newsletter.bounces import inbox, operations, reports
from clevenio.newsletter.bounces.maildir import Maildir
from clevenio.outbox import Mail

NOBODYS = "Message-ID: <made-up@example.com>\n"
# More than a query of PostgreSQL may hold values.
MANY = 70_000


@pytest.fixture
def read(settings, database, tmp_path, clock):
    """`read(report, …)`: what became of each, in this order, and what is left in the folder."""
    maildir = Maildir.made(tmp_path / "Maildir")

    def read(*messages):
        for number, message in enumerate(messages):
            (maildir.path / "new" / str(number)).write_bytes(message)
        found = [each.fault or each.outcome for each in inbox.read(settings, database, maildir, clock)]
        return found, list(maildir.waiting()), len(maildir.aside())

    return read


def in_base64(message, head):
    text = base64.encodebytes(head.encode("ascii")).decode("ascii")
    kind = b"Content-Type: text/rfc822-headers\n"
    return message.replace(kind, kind + b"Content-Transfer-Encoding: base64\n").replace(
        b"HEAD\n", text.encode("ascii")
    )


def test_a_nul_in_a_message_id_stops_nothing(sent, read):
    one, head = sent(), "Message-ID: <made\0up@example.com>\n"
    plain, encoded = one.bounce(original=head), in_base64(one.bounce(original="HEAD"), head)
    assert read(plain, encoded, one.bounce()) == ([inbox.NO_MESSAGE, inbox.NO_MESSAGE, "noted"], [], 2)
    assert reports.read(plain).message_id == reports.read(encoded).message_id == "<madeup@example.com>"


def test_more_addresses_than_a_query_holds_stop_nothing(sent, read):
    one = sent()
    to = ", ".join(f"a{number}@e.fi" for number in range(MANY))
    made_up = one.bounce(original=f"{NOBODYS}To: {to}\n")
    assert len(made_up) < reports.LARGEST
    assert read(made_up, one.bounce()) == ([inbox.NO_MESSAGE, "noted"], [], 1)


def test_only_the_first_addresses_of_each_kind_are_looked_at():
    block = "".join(f"Final-Recipient: rfc822; b{number}@example.fi\n" for number in range(100))
    to = ", ".join(f"a{number}@example.fi" for number in range(100))
    found = reports.read(
        f"Content-Type: multipart/report; boundary=edge\n\n--edge\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example.fi\n\n{block}Action: failed\nStatus: 5.1.1\n\n"
        f"--edge\nContent-Type: text/rfc822-headers\n\n{NOBODYS}To: {to}\n\n--edge--\n".encode("ascii")
    )
    most = reports.MOST_ADDRESSES
    assert found.mailed_to == tuple(f"a{number}@example.fi" for number in range(most))
    assert found.final == tuple(f"b{number}@example.fi" for number in range(most))


@pytest.mark.parametrize("backend", ["postgresql"])
def test_what_the_database_does_not_take_is_set_aside_and_the_next_is_read(sent, read, monkeypatch):
    one, note = sent(), operations.note

    def ask_with_nul(session, settings, report, *rest):
        if report.own == "<two@mail.example.com>":
            session.execute(select(Mail.id).where(Mail.message_id == "made\0up"))
        return note(session, settings, report, *rest)

    monkeypatch.setattr(operations, "note", ask_with_nul)
    assert read(one.bounce(own="two"), one.bounce()) == ([inbox.NO_VALUE, "noted"], [], 1)
