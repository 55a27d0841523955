"""What somebody types into the contact form writes no header of any mail, and leads none to anybody else."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.inquiries import answers
from clevenio.inquiries.models import Inquiry
from clevenio.outbox import Mail
from tests.support.factories import NOW
from tests.support.staff import make_member

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
GOOD = {"name": "Aino Esimerkki", "email": "aino@example.com", "message": "How do I begin?"}
# Each hides a header, a second mailbox or another order of letters behind a letter.
HIDDEN = {
    "a line end": "Aino\r\nBcc: eve@example.org",
    "a bare one": "Aino\nBcc: eve@example.org",
    "a return": "Aino\rBcc: eve@example.org",
    "a line of Unicode": "Aino\u2028Bcc: eve@example.org\x85X: y",
    "a NUL": "Aino\0Bcc: eve@example.org",
}
ODD = {
    "an encoded header": "Aino =?utf-8?q?=0d=0aBcc=3A_eve=40example.org?=",
    "the same in base64": "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==?=",
    "an encoded mailbox": "=?utf-8?q?eve=40example.org=2C?= Aino",
    "a mailbox": 'Aino" <eve@example.org>, "',
    "bidi controls": "\u202eonia\u202c \u2066Esimerkki\u2069 \u200faino\u061c",
    "a group": "Undisclosed: eve@example.org;",
}
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Reply-To",
    "In-Reply-To",
    "References",
}
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def extra_settings():
    return {"REPLY_TO": "Clevenio <answers@example.com>"}


@pytest.fixture
def sent(client, database, settings, other_session):
    """`sent(name="…")`: the form's answer, and every mail that follows, an answer by staff too, as it leaves."""

    def send(**typed):
        with database.session() as session:
            member = make_member(session, "staff@example.com", "support")
            session.commit()
        status = client.post("/en/contact", data={**GOOD, **typed}).status_code
        with database.session() as session:
            inquiry = session.scalars(select(Inquiry)).one_or_none()
            if inquiry is not None:
                text = f"Hello {inquiry.name},\n\nbegin here."
                answers.send(session, settings, member, inquiry.id, uuid4(), text, NOW)
            session.commit()
        with other_session() as session:
            waiting = [
                (mail.recipient, mail.message) for mail in session.scalars(select(Mail)) if mail.message
            ]
        folder = settings.data / "mail"
        kept = [("", path.read_bytes()) for path in folder.glob("*.eml")] if folder.is_dir() else []
        return status, inquiry, waiting + kept

    return send


def head(message):
    return message.partition(b"\r\n\r\n")[0]


def names(message):
    return [
        line.partition(b":")[0].decode() for line in head(message).split(b"\r\n") if line[:1] not in b" \t"
    ]


@pytest.mark.parametrize("field", ["name", "company", "email"])
@pytest.mark.parametrize("typed", HIDDEN.values(), ids=HIDDEN)
def test_a_line_end_or_a_control_character_is_refused_beside_its_field(sent, field, typed):
    value = f"{typed}@example.com" if field == "email" else typed
    status, inquiry, mails = sent(**{field: value})
    assert (status, inquiry, mails) == (422, None, [])


@pytest.mark.parametrize("field", ["name", "company"])
@pytest.mark.parametrize("typed", ODD.values(), ids=ODD)
def test_whatever_a_name_is_no_header_holds_any_of_it(sent, field, typed, settings):
    status, inquiry, mails = sent(**{field: typed})
    assert status == 303
    assert not BIDI.search(getattr(inquiry, field))
    assert len(mails) >= 2
    for _, message in mails:
        assert set(names(message)) <= HEADERS
        assert len(names(message)) == len(set(names(message)))
        shown = head(message).decode("ascii")
        for trace in ("eve@", "eve=40", "Bcc", "Aino", "onia", "Undisclosed", "DQpCY2M6", "=?utf-8?q?=0d"):
            assert trace not in shown
        assert f"From: {settings.account_from}" in shown
    assert any(b"Reply-To: Clevenio <answers@example.com>" in head(message) for _, message in mails)


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?eve=40example.org=2C?=aino@example.com",
        "=?utf-8?q?=0d=0aBcc=3A_eve=40example.org?=@example.com",
        "=?utf-8?b?ZXZlQGV4YW1wbGUub3JnLA==?=aino@example.com",
        "aino@example.com, eve@example.org",
        '"aino\\" <eve@example.org>"@example.com',
    ],
)
def test_an_address_that_a_mail_program_reads_as_others_is_refused_beside_its_field(sent, email):
    status, inquiry, mails = sent(email=email)
    assert (status, inquiry, mails) == (422, None, [])


def test_direction_marks_in_an_address_are_left_out(sent):
    status, inquiry, mails = sent(email="\u202eaino\u2069@example.com\u061c")
    assert (status, inquiry.email) == (303, "aino@example.com")
    assert all(b"\nTo: aino@example.com\r\n" in message or b"\nTo: staff@" in message for _, message in mails)
