"""A campaign made, frozen into one row a candidate, and settled. What moves it in between is `steering`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case, func, insert, literal, null, select, union_all
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.consent import ledger
from clevenio.errors import BadInput, Refused
from clevenio.handles import new_handle
from clevenio.i18n import NAMES
from clevenio.i18n import lazy_gettext as _l
from clevenio.newsletter import markdown, messages, placeholders, recipients, rules
from clevenio.newsletter.models import (
    OPEN,
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Edition,
)
from clevenio.people import links
from clevenio.registry import load
from clevenio.settings import Settings

# People written a transaction while freezing, so that others get at the database in between: less than a second's
# work. Handles are random, so that each transaction writes most pages of their index.
CHUNK = 10_000


def make(
    session: Session,
    settings: Settings,
    topic: str,
    sources: Mapping[str, str],
    actor: str,
    now: datetime,
    called: Mapping[str, object] = NAMES,
) -> Campaign:
    """A new campaign from one Markdown text a language; `called` is what each of them is called, its file perhaps.

    Raises `BadInput` for an unknown topic or an unusable text, `Refused` where a message made of it
    breaks a rule, and says which text it is: nothing is stored then.
    """
    if topic not in load().topics:
        known = ", ".join(load().topics)
        raise BadInput("There is no topic %(topic)s; there are %(known)s.", topic=topic, known=known)
    letters: dict[str, markdown.Letter] = {}
    for language, source in sources.items():
        try:
            read = letters[language] = letter(settings, topic, language, source)
            for basis in load().topics[topic].bases:
                try_out(settings, topic, language, ledger.Basis(basis), read, now)
        except (BadInput, Refused) as problem:
            said = _l(problem.message, **problem.values)
            raise type(problem)("%(text)s: %(problem)s", text=called[language], problem=said) from problem
    campaign = Campaign(id=uuid4(), topic=topic, created_at=now, begun_at=now)
    session.add(campaign)
    session.flush()
    session.add_all(
        Edition(campaign=campaign.id, language=language, subject=read.subject, source=sources[language])
        for language, read in letters.items()
    )
    note(session, campaign, "newsletter.send", actor, now)
    return campaign


def note(
    session: Session, campaign: Campaign, action: str, actor: str, now: datetime, **details: object
) -> None:
    """What somebody did with a campaign, in the audit trail."""
    said = {"campaign": str(campaign.id), "topic": campaign.topic, **details}
    audit.record(session, actor=actor, action=action, details=said, now=now)


def letter(settings: Settings, topic: str, language: str, source: str) -> markdown.Letter:
    """A text as its readers get it, placeholders filled in. Raises `BadInput`."""
    return markdown.read(source).filled(placeholders.values(settings, topic, language))


def try_out(
    settings: Settings,
    topic: str,
    language: str,
    basis: ledger.Basis,
    letter: markdown.Letter,
    now: datetime,
    is_measured: bool = False,
) -> messages.Stencil:
    """A stencil whose messages keep the rules; `is_measured` with the image of those who allow it.

    Raises `Refused` where they do not.
    """
    stencil = messages.stencil(settings, topic, language, basis, letter, is_measured)
    made_up, opening = messages.made_up(settings), "o" * messages.TOKEN_LENGTH
    message = stencil.fill(**made_up, now=now, opening=opening)
    image = messages.opening_address(settings, opening) if is_measured else None
    rules.check(settings, message, messages.unsubscribe_address(settings, made_up["token"]), image)
    return stencil


def freeze(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Write the next chunk of candidates into rows; whether there may be more. Commit after each.

    A candidate is everybody whose last decision grants the topic; who may not be mailed all the
    same is written down as excluded, with the reason. The campaign's row is locked, so that two
    that freeze at once take turns.
    """
    campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign.state != CampaignState.FREEZING:
        return False
    found = (
        recipients.candidates(campaign.topic, campaign.criteria, campaign.frozen_to).limit(CHUNK).subquery()
    )
    # By number: people of rows before these may have been erased since, and are random ones by that.
    before = session.scalar(select(func.max(Delivery.id))) or 0
    ours = (Delivery.campaign == campaign_id, Delivery.id > before)
    is_out, moment = found.c.reason.is_not(None), literal(now, Delivery.due_at.type)
    row: dict[Any, Any] = {
        Delivery.campaign: literal(campaign_id),
        Delivery.person: found.c.id,
        Delivery.language: found.c.language,
        Delivery.basis: found.c.basis,
        Delivery.decision: found.c.sequence,
        Delivery.notice: found.c.notice,
        Delivery.evidence: found.c.evidence,
        Delivery.handle: case((is_out, null()), else_=new_handle()),
        Delivery.state: case((is_out, DeliveryState.EXCLUDED.value), else_=DeliveryState.PENDING.value),
        Delivery.reason: found.c.reason,
        Delivery.attempts: literal(0),
        Delivery.due_at: moment,
        Delivery.finished_at: case((is_out, moment)),
    }
    session.execute(insert(Delivery).from_select(list(row), select(*row.values()).order_by(found.c.id)))
    mailed = select(Delivery.handle, Delivery.person).where(*ours, Delivery.handle.is_not(None))
    data = {"topic": campaign.topic, "campaign": str(campaign.id)}
    links.make_for(session, "unsubscribe", now, mailed, data)
    written = session.scalar(select(func.count()).select_from(Delivery).where(*ours)) or 0
    last = select(Delivery.person).where(*ours).order_by(Delivery.person.desc()).limit(1)
    campaign.frozen_to = session.scalar(last) or campaign.frozen_to
    campaign.candidates += written
    if written < CHUNK:
        campaign.state, campaign.frozen_at = CampaignState.RUNNING, now
    return written == CHUNK


def counts(session: Session, campaign_id: UUID) -> dict[DeliveryState, int]:
    """How many candidates are in each state; states nobody is in are left out."""
    rows = session.execute(
        select(Delivery.state, func.count()).where(Delivery.campaign == campaign_id).group_by(Delivery.state)
    )
    return {DeliveryState(state): number for state, number in rows}


def next_due(session: Session, campaign_id: UUID) -> datetime | None:
    """When the next delivery that is not over is to be tried, or its lease ends; None where all are over.

    One look into an index for each state, however many deliveries there are: senders ask each second.
    """
    firsts = [
        select(func.min(Delivery.due_at).label("due")).where(
            Delivery.campaign == campaign_id, Delivery.state == state
        )
        for state in OPEN
    ]
    due: datetime | None = session.scalar(select(func.min(union_all(*firsts).subquery().c.due)))
    return due


def settle(session: Session, campaign_id: UUID, now: datetime) -> CampaignState:
    """End a campaign whose candidates are all in a final state; returns the state it is in.

    It needs attention where somebody's mail failed or is uncertain, or where candidates are missing. A
    cancelled one stays cancelled.
    """
    campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    has_begun = campaign.state in (CampaignState.RUNNING, CampaignState.CANCELLED)
    # Counted at the end alone: this is asked each second, and a count is as long as the campaign.
    if has_begun and campaign.finished_at is None and next_due(session, campaign_id) is None:
        found = counts(session, campaign_id)
        is_whole = sum(found.values()) == campaign.candidates
        is_fine = is_whole and not found.keys() & {DeliveryState.FAILED, DeliveryState.UNCERTAIN}
        if campaign.state == CampaignState.RUNNING:
            campaign.state = CampaignState.FINISHED if is_fine else CampaignState.NEEDS_ATTENTION
        campaign.finished_at, campaign.put_off = now, None
    return CampaignState(campaign.state)
