"""Tells customers by mail of new versions of legal texts, ahead where these are published ahead.

A mail of service, not of marketing: the terms promise it. Each account is told once of each version,
however often the tick runs and in however many workers; who knows a version already is not told.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from clevenio import legal
from clevenio.accounts import agreements, mails
from clevenio.accounts.models import Account, Agreement, Announcement
from clevenio.database import Database, inserted
from clevenio.i18n import local_day
from clevenio.legal import Version
from clevenio.people.models import Person
from clevenio.settings import Settings

# Few at a time: while mails are made, SQLite lets nobody else write.
BATCH = 20


def announce(database: Database, settings: Settings, now: datetime) -> int:
    """Queue a mail for every account that has something new to know; how many. Commits by the batch."""
    told = 0
    while True:
        with database.session() as session:
            found = session.scalars(_unaware(local_day(now)).limit(BATCH)).all()
            for account in found:
                told += _tell(session, settings, account, now)
            session.commit()
        if len(found) < BATCH:
            return told


def _tell(session: Session, settings: Settings, account: Account, now: datetime) -> bool:
    """Whether a mail was queued: not where another worker tells this account at the same moment."""
    matters = agreements.matters(session, account.id, local_day(now))
    new = [
        matter
        for matter in matters
        if inserted(
            session,
            Announcement,
            {
                "account": account.id,
                "text": matter.version.text,
                "version": matter.version.day,
                "at": now,
            },
        )
    ]
    if new:
        mails.queue_new_versions(session, settings, account.person, new, now)
    return bool(new)


def _unaware(today: date) -> Select[Account]:
    """Accounts that neither know one of the versions to tell of nor were told of it."""
    current = [legal.current(text, today) for text in legal.TEXTS]
    ahead = [legal.coming(text, today) for text in legal.TEXTS]
    versions = [*current, *(version for version in ahead if version)]
    query = select(Account).join(Account.person).where(or_(*map(_is_news, versions)))
    return query.where(Account.disabled_at.is_(None), Person.restricted_at.is_(None)).order_by(Account.id)


def _is_news(version: Version) -> ColumnElement[bool]:
    return and_(
        ~exists().where(
            Agreement.account == Account.id,
            Agreement.text == version.text,
            Agreement.version >= version.day,
        ),
        ~exists().where(
            Announcement.account == Account.id,
            Announcement.text == version.text,
            Announcement.version == version.day,
        ),
    )
