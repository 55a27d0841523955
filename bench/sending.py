"""A campaign on its way, with everything that keeps it honest, against smtplib that sends finished bytes and knows nothing."""

import smtplib
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, in_turns, peak_megabytes
from bench.relay import relay
from clevenio.consent.ledger import Basis
from clevenio.database import Database
from clevenio.newsletter import campaigns
from clevenio.newsletter.models import UNFINISHED, Campaign, DeliveryState
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.settings import Settings
from clevenio.smtp import Smtp

ROUNDS = 5
# Looks at the beginning, and as many at the end.
WINDOWS = 3
TEXT = "# Made up\n\nHello,\n\n" + "This is a paragraph of a campaign that nobody gets. " * 20 + "\n"


def run(size: int) -> Iterator[Figure]:
    """Messages a second over one connection; then the same at the end of a campaign of `size`, and its memory."""
    for name, url in each_database():
        with site.settings(url) as settings, relay() as address, relay("plain") as plain:
            database = Database(settings.database_url)
            population.fill(database, size, settings.suppression_key, purpose="newsletter")
            # Short enough that all rounds together do not reach the end of the campaign.
            seconds = min(4.0, size / 100_000)
            with progress_database(settings.database_url) as progress:
                made = _campaign(database, settings)
                sender = Sender(made, settings, database, progress, Smtp(address), lambda: datetime.now(UTC))
                yield from _measure(size, name, address, plain, database, sender, seconds)
                sender.transport.close()
            database.close()


def _measure(
    size: int, name: str, address: str, plain: str, database: Database, sender: Sender, seconds: float
) -> Iterator[Figure]:
    message = b"x" * 70 + b"\r\n"
    message *= _bytes(database, sender) // len(message)
    sent, whole = partial(_sent, database, sender, seconds), sender.transport
    rates: list[float] = []
    # Less than a megabyte is the noise of an allocator.
    grown = max(1.0, peak_megabytes(lambda: rates.extend(sent() for _ in range(WINDOWS))))
    begun = statistics.median(rates)
    ours, raw = in_turns(sent, partial(_raw, address, message, seconds), ROUNDS)
    yield Figure("sending", size, name, ours, "a second", "smtplib, finished bytes", raw, ">=0.7")
    sender.transport = Smtp(plain)
    slow, raw = in_turns(sent, partial(_raw, plain, message, seconds), 3)
    sender.transport.close()
    sender.transport = whole
    yield Figure("sending.plain", size, name, slow, "a second", "one command at a time", raw, ">=0.7")
    final = max(1.0, peak_megabytes(lambda: rates.extend(_to_the_end(database, sender, seconds))))
    if len(rates) < 2 * WINDOWS:
        raise RuntimeError(f"a campaign of {size} is over before its end can be told from its beginning")
    # Both without a pause: a server that writes behind would catch up in one.
    ended = statistics.median(rates[-WINDOWS:])
    yield Figure("sending.linear", size, name, ended, "a second", "at the beginning", begun, ">=0.8")
    yield Figure("sending.memory", size, name, final, "MB", "at the beginning", grown, "<=1.1")


def _campaign(database: Database, settings: Settings) -> UUID:
    with database.session() as session:
        texts = {"fi": TEXT, "en": TEXT}
        made = campaigns.make(session, settings, "newsletter", texts, "command", population.NOW)
        session.commit()
        while campaigns.freeze(session, made.id, population.NOW):
            session.commit()
        session.commit()
        return made.id


def _bytes(database: Database, sender: Sender) -> int:
    """How large a message of the campaign is."""
    with database.session(write=False) as session:
        campaign = session.get_one(Campaign, sender.campaign_id)
        letter = campaigns.letter(sender.settings, campaign.topic, "en", TEXT)
        stencil = campaigns.try_out(
            sender.settings, campaign.topic, "en", Basis.CONSENT, letter, population.NOW
        )
    return sum(len(part) for part in stencil.parts if isinstance(part, bytes))


def _count(database: Database, sender: Sender) -> int:
    with database.session(write=False) as session:
        return campaigns.counts(session, sender.campaign_id).get(DeliveryState.SENT, 0)


def _sent(database: Database, sender: Sender, seconds: float) -> float:
    """Messages a second for a while."""
    before, started = _count(database, sender), time.perf_counter()
    sender.work(seconds)
    took = time.perf_counter() - started
    return (_count(database, sender) - before) / took


def _to_the_end(database: Database, sender: Sender, seconds: float) -> Iterator[float]:
    """The rest of the campaign, a while at a time; the last, short one tells nothing."""
    while True:
        rate = _sent(database, sender, seconds)
        with database.session(write=False) as session:
            if session.get_one(Campaign, sender.campaign_id).state not in UNFINISHED:
                return
        yield rate


def _raw(address: str, message: bytes, seconds: float) -> float:
    """The same for bytes that are there, one after the other over one connection, and nothing written down."""
    parts, number = urlsplit(address), 0
    with smtplib.SMTP(str(parts.hostname), parts.port or 25) as connection:
        connection.ehlo()
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            connection.sendmail("news@example.com", [f"made.up.{number:07}@example.com"], message)
            number += 1
        return number / (time.perf_counter() - started)
