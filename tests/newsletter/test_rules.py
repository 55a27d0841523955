"""Each rule of a marketing message, broken once on the raw bytes, is found."""

import pytest

from clevenio.consent.ledger import Basis
from clevenio.errors import Refused
from clevenio.newsletter import messages, rules
from clevenio.newsletter.markdown import read
from clevenio.settings import Settings
from tests.newsletter.conftest import TEXTS
from tests.support.factories import NOW

TOKEN = "t" * messages.TOKEN_LENGTH
LINK = f"<https://www.example.com/u/{TOKEN}>".encode()


@pytest.fixture(scope="module")
def made_settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    return Settings.from_env({"CLEVENIO_DATA": str(data), "CLEVENIO_BASE_URL": "https://www.example.com"})


@pytest.fixture(scope="module", params=["fi", "en"])
def message(request, made_settings):
    made = messages.stencil(
        made_settings, "newsletter", request.param, Basis.CONSENT, read(TEXTS[request.param])
    )
    return made.fill(to="aino@example.fi", message_id="<1@www.example.com>", token=TOKEN, now=NOW)


def faults(made_settings, message):
    return list(rules.faults(made_settings, message, messages.unsubscribe_address(made_settings, TOKEN)))


def test_an_ordinary_message_breaks_none(made_settings, message):
    assert faults(made_settings, message) == []


def test_the_raw_bytes_offer_one_click_on_one_line_each(message):
    head = message.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert [line for line in head if line.startswith(b"List-Unsubscribe")] == [
        b"List-Unsubscribe: " + LINK,
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (b"List-Unsubscribe: " + LINK, b"X-Other: 1", "stands there 0 times"),
        (b"Precedence:", b"List-Unsubscribe: " + LINK + b"\r\nPrecedence:", "stands there 2 times"),
        (LINK, LINK[1:-1], "not one address in angle brackets"),
        (LINK, b"=?utf-8?q?" + LINK + b"?=", "is encoded"),
        (LINK, b"<https://www.example.com\r\n /u/x>", "is folded"),
        (LINK, LINK + b", " + LINK, "not one address in angle brackets"),
        (b"=One-Click", b"=Two-Clicks", "is not List-Unsubscribe=One-Click"),
        (b"Precedence: bulk", b"Precedence: list", "Precedence is not bulk"),
        (b"Auto-Submitted: auto-generated", b"X-A: b", "Auto-Submitted is not"),
        (b"Reply-To:", b"X-Reply-To:", "Reply-To does not stand there once"),
        (b"List-ID:", b"X-List-ID:", "List-ID does not stand there once"),
        (b"From: Clevenio <news@", b"From: Clevenio <other@", "From is not the address for campaigns"),
        (b"Message-ID: <1@", b"Message-ID: <" + b"1" * 60 + b"@", "Message-ID is too long"),
        (b"Content-Language: ", b"Content-Language: sv-", "Content-Language is not one of ours"),
        (b"multipart/alternative", b"multipart/mixed", "the parts are not text and then HTML"),
        (b"text/plain", b"text/enriched", "the parts are not text and then HTML"),
        (TOKEN.encode() + b"\r\n", b"gone\r\n", "text/plain has no way out"),
        (b'=3D"http', b'<img src=3D"https://tracker.example.com/x">', "the HTML fetches something"),
        (b"40320", b"99999", "does not say who we are and where"),
        (b"\r\n\r\n", b"\r\n\r\n" + b"x" * 999 + b"\r\n", "a line is too long"),
        (b"\r\n\r\n--", b"\n\n--", "does not end with CRLF"),
    ],
)
def test_a_broken_rule_is_named(made_settings, message, before, after, fault):
    assert before in message
    found = faults(made_settings, message.replace(before, after))
    assert any(fault in text for text in found), found


def test_a_subject_that_hides_a_header_is_found(made_settings, message):
    forged = b"Subject: =?utf-8?q?Hello=0ABcc=3A_mallory=40example=2Ecom?=\r\nX-Was: "
    assert "a header holds a control character" in faults(
        made_settings, message.replace(b"Subject: ", forged, 1)
    )


def test_production_asks_for_https(tmp_path, message):
    values = {
        "DATA": str(tmp_path),
        "MODE": "production",
        "BASE_URL": "https://www.example.com",
        "SMTP_URL": "smtp://127.0.0.1:2525",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}",
        "TRUSTED_HOSTS": "www.example.com",
        "MAIL_FROM": "Clevenio <news@example.com>",
        "ACCOUNT_FROM": "Clevenio <account@example.com>",
        **dict.fromkeys(("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY"), "k" * 32),
    }
    production = Settings.from_env({f"CLEVENIO_{name}": value for name, value in values.items()})
    assert faults(production, message) == []
    plain = message.replace(b"<https:", b"<http:")
    assert "List-Unsubscribe is not https" in faults(production, plain)


def test_a_check_says_everything_that_is_wrong(made_settings):
    with pytest.raises(Refused, match=r"List-Unsubscribe.*Precedence"):
        rules.check(made_settings, b"From: a@example.com\r\n\r\nhello\r\n", "x")
