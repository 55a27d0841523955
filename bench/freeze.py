"""Writing down a campaign's recipients: everybody on the topic, with what lets each be mailed or keeps them out."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import func, insert, select, update

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, seconds
from bench.sending import TEXT
from clevenio.database import Database
from clevenio.newsletter import campaigns
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.people.models import Person, Suppression
from clevenio.settings import Settings

# One in so many opted out elsewhere, or has had the use of their data restricted.
OPTED_OUT, RESTRICTED = 50, 100
# A million in a minute.
LIMIT = 60 / 1_000_000


def run(size: int) -> Iterator[Figure]:
    """Seconds for `size` candidates, some of them excluded, in chunks that let others at the database in between."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            population.fill(database, size, settings.suppression_key, purpose="newsletter")
            _exclude_some(database, size)
            value = seconds(partial(_freeze, database, settings, size))
            database.close()
            yield Figure("freeze", size, name, value, "s", None, None, f"<={size * LIMIT:g}")


def _exclude_some(database: Database, size: int) -> None:
    with database.session() as session:
        ids = session.scalars(select(Person.id).order_by(Person.id).limit(size // RESTRICTED))
        session.execute(update(Person).where(Person.id.in_(ids.all())).values(restricted_at=population.NOW))
        keys = session.scalars(
            select(Person.email_suppression).order_by(Person.id.desc()).limit(size // OPTED_OUT)
        )
        rows = [
            {
                "key": key, "kind": "email", "scope": "newsletter", "reason": "bench", "lifted": False,
                "at": population.NOW,
            }
            for key in keys
        ]  # fmt: skip
        session.execute(insert(Suppression), rows)
        session.commit()


def _freeze(database: Database, settings: Settings, size: int) -> None:
    now = population.NOW + timedelta(days=1)
    with database.session() as session:
        texts = {"fi": TEXT, "en": TEXT}
        made = campaigns.make(session, settings, "newsletter", texts, "command", now).id
        session.commit()
    more = True
    while more:
        with database.session() as session:
            more = campaigns.freeze(session, made, now)
            session.commit()
    with database.session(write=False) as session:
        reasons = select(Delivery.reason, func.count()).group_by(Delivery.reason)
        found = dict(session.execute(reasons).all())
        whole = session.get_one(Campaign, made).candidates
    expected = {"restricted": size // RESTRICTED, "suppressed": size // OPTED_OUT}
    if whole != size or {reason: n for reason, n in found.items() if reason} != expected:
        raise RuntimeError(f"{whole} candidates of {size}, excluded {found}")
