"""A real relay, set up as documented: what it signs, and what comes back from it."""

from datetime import datetime

import pytest

from clevenio.deliverability.examination import examine
from clevenio.health import Verdict
from clevenio.newsletter.bounces import inbox
from clevenio.newsletter.bounces.maildir import Maildir
from clevenio.smtp import Smtp
from tests.support.postfix import running

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("backend", ["sqlite"])]


@pytest.fixture
def extra_settings():
    return {
        "BASE_URL": "https://www.example.com",
        "MAIL_FROM": "Clevenio <news@example.com>",
        "BOUNCE_ADDRESS": "bounces@example.com",
    }


@pytest.fixture
def relay():
    with running() as relay:
        yield relay


def test_what_arrives_is_signed_and_what_does_not_comes_back_and_suppresses(
    relay, subscribe, campaign, sender, database, settings, shut, bounces, clock
):
    arrives, unknown = subscribe("aino@example.fi", language="fi"), subscribe("poissa@example.fi")
    assert sender(campaign(), Smtp(relay.url, timeout=20)).work() == "finished"

    [mail] = relay.wait_for("aino")
    found = examine(mail, relay.key, datetime.now().astimezone())
    assert [each for each in found if each.verdict is not Verdict.GOOD] == []
    assert {"dkim", "dkim h=", "alignment", "unsubscribe"} <= {each.name for each in found}

    relay.wait_for("bounces")
    read = list(inbox.read(settings, database, Maildir.at(relay.box("bounces")), clock))
    assert [each.outcome for each in read] == ["noted"]
    assert [(row.kind, row.status, row.person) for row in bounces()] == [("hard", "5.1.1", unknown.id)]
    assert (bool(shut(unknown)), shut(arrives)) == (True, {})
