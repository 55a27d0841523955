"""The file of those who left a platform, one in a hundred of all it received."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select, text

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, median, seconds
from clevenio.audiences.export import handout, handout_now
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import Choice
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.database import Database
from clevenio.people.models import Person
from clevenio.settings import Settings

ROUNDS = 3
SHARE = 100


def run(size: int) -> Iterator[Figure]:
    """Seconds from ordering the file to its last byte, counting and membership included."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            population.fill(database, size, settings.suppression_key)
            google = platform("google", settings.data)
            everybody = Choice("all", {})
            with handout_now(
                database, settings, google, everybody, actor="bench", now=population.NOW
            ) as ready:
                for _chunk in stream(ready):
                    pass
            left = _leave(database, size // SHARE)
            with database.engine.begin() as connection:
                connection.execute(text("ANALYZE"))
            taken = median(partial(seconds, partial(_take_out, database, settings, left)), ROUNDS)
            database.close()
            yield Figure("removal", size, name, taken, "s", None, None, "<=2.0")


def _leave(database: Database, number: int) -> int:
    """So many withdraw, by the order of their random ids."""
    notice = withdrawal_notice("en")
    with database.session() as session:
        people = session.scalars(select(Person.id).order_by(Person.id).limit(number)).all()
        acts = [
            ledger.Act(person, {"ad_audiences:google": ledger.State.WITHDRAWN}, notice, "en")
            for person in people
        ]
        ledger.record_all(session, acts, channel=ledger.Channel.ACCOUNT, now=population.NOW)
        session.commit()
    return len(people)


def _take_out(database: Database, settings: Settings, left: int) -> None:
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order_removal(session, google, actor="bench", now=population.NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=population.NOW) as ready:
        lines = sum(chunk.count(b"\n") for chunk in stream(ready))
    if lines != left + 1:
        raise RuntimeError(f"{lines} lines for {left} people who left")
