"""The archive of what was shown: each version of the question, under the hash of its content."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clevenio.consent.models import Notice
from clevenio.consent.notices import BROWSER_KINDS, QUESTION, notice_id
from clevenio.errors import Missing


@dataclass(frozen=True)
class Version:
    """A version of the question: its language, and when it was first kept."""

    id: str
    language: str
    since: datetime


@dataclass(frozen=True)
class Archived(Version):
    """A version with all that was shown, also one of a placeholder.

    `is_whole`: its content is still the one that its identifier hashes.
    """

    kind: str
    content: Mapping[str, Any]
    is_whole: bool


def versions(session: Session) -> list[Version]:
    """Every version of the question that was shown or answered, the newest first."""
    query = select(Notice.id, Notice.language, Notice.created_at).where(Notice.kind == QUESTION)
    rows = session.execute(query.order_by(Notice.created_at.desc(), Notice.language, Notice.id))
    return [Version(*row) for row in rows]


def sizes(session: Session, ids: Collection[str]) -> dict[str, int]:
    """How many purposes each of these versions asks about: its categories, and the vendors within them."""
    rows = session.execute(select(Notice.id, Notice.content["categories"]).where(Notice.id.in_(ids)))
    return {id_: sum(1 + len(category["vendors"]) for category in categories) for id_, categories in rows}


def archived(session: Session, version: str) -> Archived:
    """A version of the question by its identifier. Raises `Missing`."""
    found = among(session, [version]).get(version)
    if found is None:
        raise Missing("There is no such version.")
    return found


def among(session: Session, ids: Collection[str]) -> dict[str, Archived]:
    """Those of these that are versions of the question, by identifier."""
    rows = session.scalars(select(Notice).where(Notice.id.in_(ids), Notice.kind.in_(BROWSER_KINDS)))
    return {row.id: _archived(row) for row in rows}


def listing(datum: str) -> Select[str]:
    """The versions whose words list a datum as going to others, as a query to filter notices by."""
    return select(Notice.id).where(Notice.content["data"].as_string().contains(f'"{datum}"', autoescape=True))


def listing_by_datum(session: Session, at_most: int) -> dict[str, list[str]] | None:
    """The versions that list a datum, by datum; None where more than so many list anything."""
    data = Notice.content["data"].as_string()
    rows = session.execute(select(Notice.id, data).where(data.is_not(None)).limit(at_most + 1)).all()
    if len(rows) > at_most:
        return None
    found: defaultdict[str, list[str]] = defaultdict(list)
    for version, lists in rows:
        for datum in json.loads(lists):
            found[datum].append(version)
    return found


def listed(session: Session) -> set[str]:
    """Whatever the words of any version list as going to others."""
    lists = session.scalars(select(Notice.content["data"].as_string()).distinct())
    return {datum for found in lists if found for datum in json.loads(found)}


def _archived(row: Notice) -> Archived:
    is_whole = notice_id(row.kind, row.language, row.content) == row.id
    return Archived(row.id, row.language, row.created_at, row.kind, row.content, is_whole)
