"""What makes a mail a marketing mail, and that no other mail is one."""

import ast
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import clevenio
from clevenio import outbox
from clevenio.consent.ledger import Basis
from clevenio.i18n import LANGUAGES
from clevenio.mail import address_of
from clevenio.newsletter import messages
from clevenio.newsletter.markdown import read
from clevenio.registry import load
from clevenio.settings import Settings
from tests.newsletter.conftest import TEXTS
from tests.support.factories import NOW

ROOMS = Path(clevenio.__path__[0])
MARKETING = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-ID", "Precedence")


@pytest.fixture(scope="module")
def made_settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    return Settings.from_env({"CLEVENIO_DATA": str(data), "CLEVENIO_BASE_URL": "https://www.example.com"})


def campaign_mail(made_settings, topic="newsletter", language="en"):
    letter = read(TEXTS[language])
    values = {"to": "a@example.com", "message_id": "<1@example.com>", "token": "t" * 64, "now": NOW}
    raw = messages.build(made_settings, topic, language, Basis.CONSENT, letter, **values)
    return message_from_bytes(raw, policy=policy.default)


def account_mail(made_settings):
    values = {"names": ["Newsletter"], "link": "https://www.example.com/c/token"}
    _, raw = outbox.account_mail(
        made_settings,
        "newsletter/mail/confirm.html",
        to="a@example.com",
        language="en",
        now=NOW,
        message_id="<2@example.com>",
        values=values,
    )
    return message_from_bytes(raw, policy=policy.default)


def test_no_mail_about_an_account_is_marketing_mail(made_settings):
    mail = account_mail(made_settings)
    assert [mail[name] for name in MARKETING] == [None] * 4
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_headers_of_marketing_mail_are_set_in_one_place():
    setting = set()
    for path in ROOMS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            keys = node.keys if isinstance(node, ast.Dict) else []
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                keys = [node.slice]
            if any(isinstance(key, ast.Constant) and key.value in MARKETING[:3] for key in keys):
                setting.add(path.relative_to(ROOMS).as_posix())
    assert setting == {"newsletter/messages.py"}


def test_each_topic_has_a_list_in_each_language(made_settings):
    topics = list(load().topics)
    lists = {
        messages.headers(made_settings, topic, language, "https://www.example.com/u/t")["List-ID"]
        for topic in topics
        for language in LANGUAGES
    }
    assert len(lists) == len(topics) * len(LANGUAGES) == 8
    # RFC 2919 section 2: dot-atoms in angle brackets, the last of them a domain of ours.
    assert all(re.fullmatch(r"<[a-z-]+\.(fi|en)\.www\.example\.com>", each) for each in lists)


def test_marketing_and_account_mail_have_senders_of_their_own(made_settings):
    senders = {str(mail["From"]) for mail in (campaign_mail(made_settings), account_mail(made_settings))}
    assert senders == {made_settings.mail_from, made_settings.account_from}
    assert len({address_of(sender) for sender in senders}) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_has_a_dark_side_of_its_own(made_settings, language):
    html = campaign_mail(made_settings, language=language).get_body(("html",)).get_content()
    assert "color-scheme: light dark" in html
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("</style>")[0]
    styled = set(re.findall(r"\.([a-z]+)\b[^{}]*\{", dark))
    assert {"paper", "ink", "soft", "rule"} <= styled
    for name in ("paper", "ink", "soft", "rule"):
        assert re.search(rf'class="[^"]*\b{name}\b', html), name
