"""What keys in rows stand for, in words, for the page that people read; `data.json` has the keys themselves."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences.models import Export, Kind, Membership
from clevenio.audiences.platforms import names
from clevenio.i18n import gettext as _
from clevenio.i18n import local_day
from clevenio.newsletter import placeholders
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState, Edition
from clevenio.outbox import MailState
from clevenio.rights.access.spelling import purpose_name
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

Row = Mapping[str, Any]
Columns = Mapping[str, Callable[[Row], str]]
# In these states another try comes at `due_at`; in every other it is the time of one that was.
TRIED_AGAIN = {
    "deliveries": {DeliveryState.PENDING.value, DeliveryState.DEFERRED.value},
    "mails": {MailState.PENDING.value},
}


def named(session: Session, settings: Settings, subject: Subject) -> Mapping[str, Columns]:
    """By table: what stands before the columns of its rows, as `table.column` of where it is found.

    One query a table, whatever the number of its rows.
    """
    return {
        "deliveries": _newsletters(session, settings, subject),
        "audience_memberships": _files(session, subject),
    }


def has_ended(table: str, row: Row) -> bool:
    """Whether no other try comes of what is sent, so that its next one is of no meaning."""
    if table in TRIED_AGAIN:
        return row["state"] not in TRIED_AGAIN[table]
    return row.get("failed_at") is not None


def _newsletters(session: Session, settings: Settings, subject: Subject) -> Columns:
    """Which newsletter was sent: its topic, and its subject as that language's readers got it."""
    query = (
        select(Campaign.id, Campaign.topic, Edition.language, Edition.subject)
        .outerjoin(Edition, Edition.campaign == Campaign.id)
        .where(Campaign.id.in_(select(Delivery.campaign).where(Delivery.person == subject.id)))
    )
    topics, subjects = {}, {}
    for id_, topic, language, text in session.execute(query):
        topics[str(id_)] = purpose_name(topic)
        if language is not None:
            said = placeholders.in_subjects(settings, topic, {language: text})
            subjects[str(id_), language] = said[language]
    return {
        "campaigns.topic": lambda row: topics.get(row["campaign"], ""),
        "editions.subject": lambda row: subjects.get((row["campaign"], row["language"]), ""),
    }


def _files(session: Session, subject: Subject) -> Columns:
    """Which file it was: for which platform, of which day, and what the platform was to do with it."""
    query = select(Export.id, Export.platform, Export.kind, Export.created_at).where(
        Export.id.in_(select(Membership.export_id).where(Membership.person_id == subject.id))
    )
    kinds = {
        Kind.UPLOAD.value: _("to be put into an audience"),
        Kind.REMOVAL.value: _("to be taken out"),
        Kind.DISCARDED.value: _("thrown away before the platform had it"),
    }
    found = {
        id_: (str(names().get(platform, platform)), local_day(at).isoformat(), kinds.get(kind, kind))
        for id_, platform, kind, at in session.execute(query)
    }
    nothing = ("", "", "")
    return {
        "audience_exports.platform": lambda row: found.get(row["export_id"], nothing)[0],
        "audience_exports.created_at": lambda row: found.get(row["export_id"], nothing)[1],
        "audience_exports.kind": lambda row: found.get(row["export_id"], nothing)[2],
    }
