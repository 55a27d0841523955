"""Reports as they come, whole and broken."""

import base64
from contextlib import suppress

import pytest

from clevenio.errors import BadInput
from clevenio.newsletter.bounces import reports
from clevenio.people.models import Person
from tests.newsletter.bounces.made_up_reports import Sent

TOKEN = "h" * 20 + "." + "s" * 43
MESSAGE = (
    "From: Clevenio <news@example.com>\r\nTo: aino@example.fi\r\nMessage-ID: <0123456789abcdef@example.com>\r\n"
    f"List-Unsubscribe: <https://www.example.com/u/{TOKEN}>\r\n\r\nHello\r\n"
)
ONE = Sent(Person(email_ascii="aino@example.fi"), MESSAGE.encode("ascii"))


def test_a_delivery_status_says_what_happened_to_which_message():
    found = reports.read(ONE.bounce("5.1.1", diagnostic="550 5.1.1 user unknown"))
    assert found.kind == "hard"
    assert (found.status, found.diagnostic) == ("5.1.1", "550 5.1.1 user unknown")
    assert found.tokens == (TOKEN,)
    assert found.message_id == "<0123456789abcdef@example.com>"
    assert (found.mailed_to, found.final) == (("aino@example.fi",), ("aino@example.fi",))
    assert found.own == "<one@mail.example.com>"


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_the_message_may_come_back_whole_or_as_its_headers(kind):
    found = reports.read(ONE.bounce(kind=kind, original=ONE.text))
    assert (found.message_id, found.tokens) == ("<0123456789abcdef@example.com>", (TOKEN,))


def test_line_ends_may_be_those_of_the_wire():
    found = reports.read(ONE.bounce().replace(b"\n", b"\r\n"))
    assert (found.kind, found.status, found.tokens) == ("hard", "5.1.1", (TOKEN,))


def test_a_link_that_was_folded_is_read():
    folded = ONE.headers.replace("List-Unsubscribe: ", "List-Unsubscribe:\n ")
    assert reports.read(ONE.bounce(original=folded)).tokens == (TOKEN,)


def test_an_international_report_is_read():
    report = ONE.bounce(final="äinö@example.fi").replace(b"delivery-status\n", b"global-delivery-status\n")
    found = reports.read(report.replace(b"rfc822; ", b"utf-8; "))
    assert (found.kind, found.status, found.final) == ("hard", "5.1.1", ("äinö@example.fi",))


def test_a_part_in_base64_is_read():
    head = base64.encodebytes(ONE.headers.encode()).decode()
    report = ONE.bounce(original="X").replace(
        b"Content-Type: text/rfc822-headers\n\nX\n",
        f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{head}\n".encode(),
    )
    assert reports.read(report).message_id == "<0123456789abcdef@example.com>"


def test_the_recipient_that_failed_counts_among_several():
    second = "Final-Recipient: rfc822; other@example.org\nAction: failed\nStatus: 5.1.1\n\n--edge"
    report = (
        ONE.bounce("4.4.1", action="delayed")
        .decode()
        .replace("\n--edge\nContent-Description: Und", f"\n{second}\nContent-Description: Und")
    )
    found = reports.read(report.encode())
    assert (found.kind, found.final) == ("hard", ("other@example.org",))


@pytest.mark.parametrize("feedback", ["abuse", "fraud", "opt-out", "other", "ABUSE"])
def test_what_people_say_about_a_message_is_a_complaint(feedback):
    found = reports.read(ONE.complaint(feedback, more="Original-Rcpt-To: <aino@example.fi>\n"))
    assert (found.kind, found.tokens, found.mailed_to) == ("complaint", (TOKEN,), ("aino@example.fi",))


@pytest.mark.parametrize("feedback", ["not-spam", "auth-failure", "virus", "", "dmarc"])
def test_other_feedback_is_no_complaint_and_is_set_aside(feedback):
    with pytest.raises(BadInput, match="no complaint"):
        reports.read(ONE.complaint(feedback))


def nested(depth):
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="e{number}"\n\n--e{number}\n' for number in range(depth)
    )
    return f"Subject: deep\n{head}\n".encode()


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (b"", "neither"),
        (b"\x00\xff\xfe" * 1000, "neither"),
        (b"From: aino@example.fi\nSubject: I am on holiday\n\nBack on Monday.\n", "neither"),
        (ONE.data, "neither"),
        (ONE.bounce().replace(b"Action: failed\n", b""), "no action"),
        (ONE.bounce()[: ONE.bounce().index(b"Reporting-MTA")], "no action"),
        (b"x" * (reports.LARGEST + 1), "larger than 2 MB"),
        (ONE.bounce() + b"y" * reports.LARGEST, "larger than 2 MB"),
        (nested(3000), "broken|neither"),
    ],
    ids=["empty", "noise", "a reply", "a message", "no action", "cut", "huge", "huge report", "deep"],
)
def test_what_is_no_report_is_refused_in_words(message, word):
    with pytest.raises(BadInput, match=word):
        reports.read(message)


@pytest.mark.parametrize("report", [ONE.bounce(), ONE.complaint()], ids=["status", "feedback"])
def test_a_report_cut_anywhere_is_read_or_refused_in_words(report):
    for end in range(0, len(report), 20):
        with suppress(BadInput):
            assert reports.read(report[:end])


def test_a_report_within_a_mail_that_came_back_is_none_of_ours():
    inner = ONE.bounce("4.4.1", action="delayed").decode().replace("edge", "rim")
    wrapped = ONE.bounce("5.1.1", original=inner, kind="message/rfc822")
    assert reports.read(wrapped).status == "5.1.1"
    forwarded = b"Subject: Fwd\nContent-Type: message/rfc822\n\n" + ONE.bounce()
    with pytest.raises(BadInput, match="neither"):
        reports.read(forwarded)


def test_only_so_many_links_are_tried():
    many = "".join(f"https://www.example.com/u/{number:020}.{'s' * 43}\n" for number in range(1000))
    assert len(reports.read(ONE.bounce(original=f"{ONE.headers}\n{many}")).tokens) == reports.MOST_TOKENS
