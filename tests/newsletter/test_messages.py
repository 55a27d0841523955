from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from clevenio.consent.ledger import Basis
from clevenio.errors import BadInput
from clevenio.newsletter import messages
from clevenio.newsletter.markdown import read
from clevenio.settings import Settings
from clevenio.signing import Signer, new_handle
from tests.newsletter.conftest import TEXTS
from tests.support.factories import NOW

TOKEN = Signer(["k" * 32], "unsubscribe").sign("h" * 20)
# What may stand in a local part without quotes (RFC 5322 3.2.3), and a little beyond ASCII.
LOCAL = st.text("abcXYZ019!#$%&'*+-/=^_`{|}~äöß", min_size=1, max_size=40)
TEXT = st.text("ab ä€=.\n-#*_>`1)&<\"'", max_size=300)


@pytest.fixture(scope="module")
def made_settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    return Settings.from_env({"CLEVENIO_DATA": str(data), "CLEVENIO_BASE_URL": "https://www.example.com"})


def stencil(made_settings, source=TEXTS["fi"], is_measured=False):
    return messages.stencil(made_settings, "newsletter", "fi", Basis.CONSENT, read(source), is_measured)


def parsed(message):
    mail = message_from_bytes(message, policy=policy.default)
    headers = {name: str(value) for name, value in mail.items() if name != "Content-Type"}
    return headers, [(part.get_content_type(), part.get_content()) for part in mail.iter_parts()]


def test_a_token_is_as_long_as_the_mark_that_keeps_its_place():
    assert len(Signer(["k" * 32], "unsubscribe").sign(new_handle())) == messages.TOKEN_LENGTH


SIGNED = st.text("abcABC019-_.", min_size=64, max_size=64)


@given(text=TEXT, token=SIGNED, opening=st.none() | SIGNED)
@hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_filled_message_parses_like_one_built_the_ordinary_way(made_settings, text, token, opening):
    source = f"# Otsikko ä\n\nAlku {text}\n\nloppu"
    values = {"to": "aino@example.fi", "message_id": "<1@example.com>", "token": token, "now": NOW}
    letter = read(source)
    ordinary = messages.build(
        made_settings, "newsletter", "fi", Basis.CONSENT, letter, opening=opening, **values
    )
    filled = stencil(made_settings, source, opening is not None).fill(opening=opening or "", **values)
    assert parsed(filled) == parsed(ordinary)
    assert max(map(len, filled.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@given(local=LOCAL)
@hypothesis(max_examples=60, deadline=None)
def test_no_address_can_change_the_message(made_settings, local):
    to = f"{local}@example.com"
    plain = stencil(made_settings)
    filled = plain.fill(to=to, message_id="<1@example.com>", token=TOKEN, now=NOW)
    other = plain.fill(to="aino@example.fi", message_id="<1@example.com>", token=TOKEN, now=NOW)
    assert filled.count(b"\r\n") == other.count(b"\r\n")
    assert f"\r\nTo: {to}\r\n".encode() in filled


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "=?utf-8?q?a=0ABcc:?=@example.com"])
def test_an_address_that_would_start_a_header_is_refused(made_settings, to):
    with pytest.raises(BadInput):
        stencil(made_settings).fill(to=to, message_id="<1@example.com>", token=TOKEN, now=NOW)


def test_a_message_id_is_the_same_for_the_same_recipient_and_short(made_settings):
    campaign, person = uuid4(), uuid4()
    made = messages.message_id(made_settings, campaign, person)
    assert made == messages.message_id(made_settings, campaign, person)
    assert made != messages.message_id(made_settings, campaign, uuid4())
    assert made != messages.message_id(made_settings, uuid4(), person)
    assert person.hex not in made


def test_a_long_host_still_makes_a_short_message_id(tmp_path):
    base = "https://" + "www." * 15 + "example.com"
    long = Settings.from_env({"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_BASE_URL": base})
    assert len(messages.message_id(long, uuid4(), uuid4())) < 77


@pytest.mark.parametrize(
    ("basis", "why"),
    [
        (Basis.CONSENT, "because you asked for it: Product news."),
        (Basis.CUSTOMER, "because you are our customer and it is about the service you use: Product news."),
        (Basis.ROLE, "because it concerns your work: Product news."),
    ],
)
def test_each_basis_says_why_in_both_parts(made_settings, basis, why):
    letter = read(TEXTS["en"])
    values = {"to": "a@example.com", "message_id": "<1@example.com>", "token": TOKEN, "now": NOW}
    message = messages.build(made_settings, "product_news", "en", basis, letter, **values)
    assert all(why in content for _kind, content in parsed(message)[1])
