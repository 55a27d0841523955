"""A campaign while it is written: its texts, its topic and whom it is for, saved before it is whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from clevenio import audit, mail
from clevenio.database import inserted
from clevenio.errors import BadInput, Missing, Refused
from clevenio.i18n import LANGUAGES
from clevenio.newsletter import markdown, placeholders
from clevenio.newsletter.models import Campaign, CampaignState, Edition
from clevenio.people.text import line
from clevenio.registry import load
from clevenio.settings import Settings
from clevenio.signing import keyed_hash

# Where the text begins in a source that `markdown.compose` made: its lines are counted without the subject's two.
TEXT_FROM = -1


@dataclass(frozen=True)
class Draft:
    """What is written: a subject and a text for each language, either of which may still be empty."""

    topic: str
    segment: str | None
    criteria: Mapping[str, Any] | None
    texts: Mapping[str, tuple[str, str]]

    def subjects(self, settings: Settings) -> Mapping[str, str]:
        """The subject by language, as its readers get it; empty where none is written."""
        typed = {language: subject for language, (subject, _text) in self.texts.items()}
        return placeholders.in_subjects(settings, self.topic, typed)

    @property
    def version(self) -> str:
        """Another one for every other text, topic or choice of people: what was looked at is what is meant."""
        people = json.dumps(self.criteria or None, sort_keys=True)
        return keyed_hash("draft", self.topic, self.segment or "", people, *self._said())[:32]

    @property
    def wording(self) -> str:
        """Another one for every other text or topic, whomever it is for: what a test of it shows."""
        return keyed_hash("wording", self.topic, *self._said())[:32]

    def _said(self) -> list[str]:
        return [part for language in LANGUAGES for part in self.texts[language]]


def subject(value: str) -> str:
    """A subject as it is kept. Raises `BadInput` for what could end its header, encoded or not, and for an unknown placeholder."""
    text = line(value, markdown.LONGEST_SUBJECT)
    mail.safe_header(text)
    placeholders.check(text)
    return text


def text(value: str) -> str:
    """A text as it is kept, empty or fit to be mailed. Raises `BadInput` with the line."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if plain.strip():
        markdown.require_length(plain)
        markdown.read(markdown.compose("-", plain), TEXT_FROM)
    return plain


def create(session: Session, draft: Draft, actor: str, now: datetime, wanted: UUID | None = None) -> Campaign:
    """A new campaign that is only written. Raises `BadInput` for a topic there is not, and for what cannot be mailed.

    `wanted` is the id that its form proposes: posted twice, it makes one draft; with other words, another one.
    """
    own = wanted or uuid4()
    row = {"id": own, "topic": "", "state": CampaignState.DRAFT, "created_at": now}
    if not inserted(session, Campaign, row):
        there = find(session, own, is_changing=True)
        is_same = read(session, there).version == draft.version
        return there if is_same else create(session, draft, actor, now)
    campaign = find(session, own)
    _write(session, campaign, draft)
    audit.record(session, actor=actor, action="newsletter.draft", details=_about(campaign), now=now)
    return campaign


def save(session: Session, campaign_id: UUID, draft: Draft, seen: str, actor: str, now: datetime) -> Campaign:
    """Put other words, another topic or other people into a draft; nothing happens where all is as it was.

    `seen` is the version that was changed. Raises `Refused` where somebody else saved another one meanwhile,
    or the campaign is no draft any more, and `BadInput` as `create` does.
    """
    campaign = locked(session, campaign_id)
    before = read(session, campaign)
    if before.version == draft.version:
        return campaign
    if before.version != seen:
        raise Refused("Somebody else saved this draft meanwhile. Open it anew beside this page, and compare.")
    _write(session, campaign, draft)
    audit.record(session, actor=actor, action="newsletter.rewrite", details=_about(campaign), now=now)
    return campaign


def require(session: Session, campaign_id: UUID, seen: str) -> Campaign:
    """A campaign that is the version which somebody checked; it stays that until the commit. Raises `Missing`, `Refused`."""
    campaign = find(session, campaign_id, is_changing=True)
    if read(session, campaign).version != seen:
        raise Refused(
            "The campaign was changed since you checked it. Look at it once more before you send it."
        )
    return campaign


def discard(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Throw a draft away; one that is gone stays that. Raises `Refused` for a campaign that is no draft."""
    if session.get(Campaign, campaign_id) is None:
        return
    campaign = locked(session, campaign_id)
    audit.record(session, actor=actor, action="newsletter.discard", details=_about(campaign), now=now)
    session.execute(delete(Edition).where(Edition.campaign == campaign_id))
    session.delete(campaign)


def find(session: Session, campaign_id: UUID, is_changing: bool = False) -> Campaign:
    """A campaign, whatever became of it; nobody else's until the commit where it `is_changing`. Raises `Missing`."""
    campaign = session.get(
        Campaign, campaign_id, with_for_update=is_changing or None, populate_existing=is_changing
    )
    if campaign is None:
        raise Missing("There is no such campaign.")
    return campaign


def read(session: Session, campaign: Campaign) -> Draft:
    """What a campaign's texts, topic and people are."""
    rows = session.execute(
        select(Edition.language, Edition.subject, Edition.source).where(Edition.campaign == campaign.id)
    )
    texts = dict.fromkeys(LANGUAGES, ("", ""))
    texts |= {language: (subject, _text_of(source)) for language, subject, source in rows}
    return Draft(campaign.topic, campaign.segment, campaign.criteria, texts)


def _text_of(source: str) -> str:
    heading, _, rest = source.partition("\n\n")
    return rest if heading.startswith("#") and "\n" not in heading else source


def locked(session: Session, campaign_id: UUID) -> Campaign:
    """A draft that is nobody else's until the commit. Raises `Missing`, and `Refused` for one that is no draft any more."""
    campaign = find(session, campaign_id, is_changing=True)
    if campaign.state != CampaignState.DRAFT:
        raise Refused("This campaign is no draft any more, so its text stays as it is.")
    return campaign


def _write(session: Session, campaign: Campaign, draft: Draft) -> None:
    if draft.topic not in load().topics:
        known = ", ".join(load().topics)
        raise BadInput("There is no topic %(topic)s; there are %(known)s.", topic=draft.topic, known=known)
    kept = {language: (subject(head), text(body)) for language, (head, body) in draft.texts.items()}
    campaign.topic, campaign.segment = draft.topic, draft.segment
    campaign.criteria = dict(draft.criteria) if draft.criteria else None
    session.add(campaign)
    session.flush()
    session.execute(delete(Edition).where(Edition.campaign == campaign.id))
    session.add_all(
        Edition(campaign=campaign.id, language=language, subject=head, source=markdown.compose(head, body))
        for language, (head, body) in kept.items()
    )


def _about(campaign: Campaign) -> dict[str, str]:
    return {"campaign": str(campaign.id), "topic": campaign.topic}
