"""Each mail to staff about their own access, as it is read, in each language."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from clevenio.backoffice.misuse.operations import queue_alert
from clevenio.backoffice.security import mails
from clevenio.backoffice.security.mails import Event
from clevenio.outbox import Mail
from tests.support.factories import NOW
from tests.support.golden import assert_golden_mail
from tests.support.staff import make_member

GOLDEN = Path(__file__).with_name("golden")
FACTS = {
    Event.RECOVERY_CODE_USED: {"left": 3},
    Event.ROLES_CHANGED: {"before": ["support"], "after": ["support", "marketer"]},
}
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def mail_of(database, settings):
    """`mail_of(language, act)`: the one mail that `act(session, settings, member)` queues."""

    def queued(language, act, *roles):
        with database.session() as session:
            act(session, settings, make_member(session, "aino@example.com", *roles, language=language))
            (row,) = session.scalars(select(Mail)).all()
            return message_from_bytes(row.message.replace(b"\r\n", b"\n"), policy=policy.default)

    return queued


@pytest.mark.parametrize("language", ["fi", "en"])
def test_an_invitation_says_how_long_it_works(mail_of, language):
    def invite(session, settings, member):
        member.activated_at = None
        mails.queue_invitation(session, settings, member, "/staff/invitation/TOKEN", NOW)

    assert_golden_mail(GOLDEN / f"invitation.{language}", mail_of(language, invite))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_link_to_a_new_password_says_so(mail_of, language):
    def reset(session, settings, member):
        mails.queue_reset(session, settings, member, "/staff/password/TOKEN", NOW)

    assert_golden_mail(GOLDEN / f"reset.{language}", mail_of(language, reset))


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("event", Event)
def test_what_happened_to_an_access_is_told_with_what_to_do(mail_of, language, event):
    def tell(session, settings, member):
        mails.queue(session, settings, member, event, NOW, **FACTS.get(event, {}))

    assert_golden_mail(GOLDEN / f"{event.value}.{language}", mail_of(language, tell))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_an_alert_tells_how_many_and_where_and_nothing_of_anybody(mail_of, language):
    def tell(session, settings, _member):
        queue_alert(session, settings, 2, NOW)

    assert_golden_mail(GOLDEN / f"alert.{language}", mail_of(language, tell, "administrator"))
