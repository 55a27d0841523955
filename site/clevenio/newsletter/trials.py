"""A test of a campaign: the mail itself, sent to whoever writes it and to nobody else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit, mail, outbox
from clevenio.audit import AuditEntry
from clevenio.consent.ledger import Basis
from clevenio.i18n import LANGUAGES
from clevenio.newsletter import campaigns, drafts, markdown
from clevenio.newsletter.drafts import Draft
from clevenio.outbox import Mail
from clevenio.people.addresses import Address
from clevenio.registry import load
from clevenio.settings import Settings
from clevenio.signing import Signer, new_handle

KIND = "campaign_test"
# Nobody reads a test and wants the same one again within so short a time.
DOUBLE_PRESS = timedelta(seconds=5)


def last_tests(session: Session, campaign_id: UUID, to: Address) -> Sequence[Mail]:
    """What was queued by the last test of a campaign to this address, and what the relay said of it."""
    own = (Mail.about == campaign_id, Mail.kind == KIND, Mail.recipient == to.ascii)
    last = select(func.max(Mail.created_at)).where(*own).scalar_subquery()
    return session.scalars(select(Mail).where(*own, Mail.created_at == last).order_by(Mail.subject)).all()


def shows_another(session: Session, tests: Sequence[Mail], draft: Draft) -> bool:
    """Whether the text or the topic were changed since these were sent, as the trail says what they showed."""
    if not tests:
        return False
    query = select(AuditEntry.details).where(
        AuditEntry.at == tests[0].created_at, AuditEntry.action == "newsletter.test"
    )
    shown = {
        details.get("wording")
        for details in session.scalars(query)
        if details["campaign"] == str(tests[0].about)
    }
    return bool(shown) and not shown & {draft.wording, None}


def send_test(
    session: Session, settings: Settings, campaign_id: UUID, to: Address, actor: str, now: datetime
) -> list[str]:
    """Queue each language that is written; returns those. `to` is the sender's own address.

    It is made as for everybody, but its way out is nobody's and leads to no list. A button pressed twice sends one.
    Raises `Missing`, `BadInput` where the text is not whole, and `Refused` where the mail breaks a rule.
    """
    campaign = drafts.find(session, campaign_id, is_changing=True)
    draft = drafts.read(session, campaign)
    written = [language for language in LANGUAGES if any(draft.texts[language])]
    last = last_tests(session, campaign_id, to)
    if any(test.created_at > now - DOUBLE_PRESS for test in last) and not shows_another(session, last, draft):
        return written
    for language in written:
        letter = campaigns.letter(
            settings, campaign.topic, language, markdown.compose(*draft.texts[language])
        )
        basis = Basis(load().topics[campaign.topic].bases[0])
        stencil = campaigns.try_out(settings, campaign.topic, language, basis, letter, now)
        token = Signer(settings.mail_keys, "unsubscribe").sign(new_handle())
        message = stencil.fill(to=to.ascii, message_id=outbox.new_message_id(settings), token=token, now=now)
        queued = outbox.queue(
            session,
            kind=KIND,
            sender=mail.return_path(settings, settings.mail_from),
            recipient=to.ascii,
            subject=letter.subject,
            message=message,
            now=now,
        )
        queued.about = campaign.id
    details = {
        "campaign": str(campaign.id),
        "topic": campaign.topic,
        "languages": written,
        "wording": draft.wording,
    }
    audit.record(session, actor=actor, action="newsletter.test", details=details, now=now)
    return written
