"""Nothing that may have been sent, or was ended, since a backup happens again because of it."""

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.accounts.models import LoginSession, MailRequest
from clevenio.accounts.sessions import Kind, find, start
from clevenio.mail import Folder
from clevenio.newsletter import campaigns
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.newsletter.sending import resume
from clevenio.outbox import Mail, MailState
from clevenio.people import links
from clevenio.people.models import Link
from tests.support.accounts import make_account
from tests.support.factories import NOW

LETTERS = {"en": "# Hello\n\nA letter.\n", "fi": "# Hei\n\nKirje.\n"}


@pytest.fixture
def waiting(live, settings, people):
    """A mail that waits and one on its way, one that was asked for, and a campaign half sent."""
    with live.session() as session:
        for state in (MailState.PENDING, MailState.SENDING, MailState.SENT):
            facts = {"kind": "test", "sender": "a@example.com", "recipient": "b@example.com", "subject": ""}
            outbox.queue(session, **facts, message=b"x", now=NOW).state = state
        session.add(MailRequest(kind="reset", email="n0@example.com", language="en", created_at=NOW))
        made = campaigns.make(session, settings, "newsletter", LETTERS, "command", NOW)
        campaigns.freeze(session, made.id, NOW)
        session.flush()
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        rows[0].state, rows[1].state = DeliveryState.SENT, DeliveryState.SENDING
        session.commit()


def states(database, model):
    with database.session(write=False) as session:
        return sorted(session.scalars(select(model.state)))


def deliver_everything(there):
    """What the worker does, with a folder for a relay: how many mails leave."""
    relay = Folder(there.settings.data / "mail")
    outbox.deliver_due(there.database, relay, lambda: NOW)
    resume(there.settings, there.database, relay, lambda: NOW, lambda: None)
    return len(list((there.settings.data / "mail").glob("*.eml")))


def test_what_waited_is_uncertain_and_nothing_leaves(waiting, back_up, elsewhere, bring_back):
    there = bring_back(back_up(), elsewhere)
    assert states(there.database, Mail) == ["sent", "uncertain", "uncertain"]
    assert states(there.database, Delivery) == ["sent", "uncertain", "uncertain"]
    assert states(there.database, Campaign) == [CampaignState.NEEDS_ATTENTION]
    assert deliver_everything(there) == 0
    found = there.prepared.uncertain
    assert (found.mails, found.requests, found.deliveries, found.campaigns) == (2, 1, 2, 1)
    with there.database.session(write=False) as session:
        assert session.scalars(select(MailRequest.failed_at)).one() == NOW


@pytest.mark.parametrize("backend", ["sqlite"])
def test_where_the_site_had_been_stopped_what_waited_may_leave(waiting, back_up, elsewhere, bring_back):
    there = bring_back(back_up(), elsewhere, mail_waits=True)
    assert there.prepared.uncertain is None
    # The one that waited, and the third of the campaign.
    assert deliver_everything(there) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_freeze_that_was_cut_does_not_go_on(
    live, settings, people, back_up, elsewhere, bring_back, monkeypatch
):
    monkeypatch.setattr(campaigns, "CHUNK", 2)
    with live.session() as session:
        made = campaigns.make(session, settings, "newsletter", LETTERS, "command", NOW)
        assert campaigns.freeze(session, made.id, NOW)
        session.commit()
    there = bring_back(back_up(), elsewhere)
    assert deliver_everything(there) == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_logins_and_links_that_open_something_once_are_ended(live, settings, back_up, elsewhere, bring_back):
    with live.session() as session:
        account = make_account(session, "aino@example.com")
        token = start(session, Kind.ACCOUNT, account.id, NOW, "Firefox")
        for purpose in ("reset", "invite", "unsubscribe"):
            links.make(session, settings.mail_keys, purpose, NOW)
        session.commit()
    there = bring_back(back_up(), elsewhere)
    assert (there.prepared.revoked.logins, there.prepared.revoked.links) == (1, 2)
    with there.database.session() as session:
        assert find(session, token, NOW) is None
        assert session.scalars(select(LoginSession.ended_at)).all() == [NOW]
        assert session.scalars(select(Link.purpose).where(Link.used_at.is_(None))).all() == ["unsubscribe"]
