"""How much mail may leave: buckets of tokens, kept in the database, so that every sender draws from the same ones.

A token that is taken comes back when the window has passed, so that within any window no more than so
many ever leave. A domain stands in a bucket's name as a keyed hash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime, insert_ignoring
from clevenio.settings import Settings
from clevenio.signing import keyed_hash
from clevenio.sweeps import Sweep

# A window is told apart in so many parts: a token comes back by the end of the part it was taken in.
PARTS = 24
# Names a domain that has no number of its own.
OTHERS = "*"


class Bucket(Base):
    """How many tokens were taken in which part of the window; `until` is when all of them are back."""

    __tablename__ = "buckets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    taken: Mapped[dict[str, int]] = mapped_column(JSON)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Rate:
    """At most so many within any window."""

    name: str
    most: int
    window: timedelta

    @property
    def part(self) -> timedelta:
        """After how long at most a token is back that is due to be."""
        return self.window / PARTS

    def number(self, now: datetime) -> int:
        """The part of a window that a moment is in, counted from the beginning of time."""
        return int(now.timestamp() / self.part.total_seconds())


@dataclass(frozen=True)
class Limits:
    """What the settings say: a second and a day for all mail, a minute for each recipient domain."""

    overall: tuple[Rate, ...] = ()
    domains: Mapping[str, int] = field(default_factory=dict)
    key: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of an installation; none where nothing is set."""
        found = (
            Rate("second", settings.send_per_second, timedelta(seconds=1)),
            Rate("day", settings.send_per_day, timedelta(days=1)),
        )
        rates = tuple(rate for rate in found if rate.most)
        return cls(rates, settings.send_per_domain, settings.secret_keys[0])

    def of_domain(self, address: str) -> tuple[Rate, ...]:
        """What holds for the domain of an address; nothing where it has no limit."""
        domain = address.rpartition("@")[2].lower()
        most = self.domains.get(domain, self.domains.get(OTHERS))
        if most is None:
            return ()
        # Sorts behind the rates for all mail: buckets are locked in the order of their names.
        name = f"to {keyed_hash(self.key, 'recipient domain', domain)[:32]}"
        return (Rate(name, most, timedelta(minutes=1)),)


def take(session: Session, rates: Sequence[Rate], wanted: int, now: datetime, *, owed: bool = False) -> int:
    """Take up to `wanted` tokens of every bucket; returns how many there were of all of them.

    What is `owed` is taken whether they are there or not: what comes later waits for it. The buckets are
    locked until the transaction ends, in the order of their names; a transaction that takes again takes of
    those that follow.
    """
    if not rates:
        return wanted
    known = _locked(session, rates, now)
    out = {rate.name: _out(known[rate.name], rate, now) for rate in rates}
    room = [rate.most - sum(out[rate.name].values()) for rate in rates]
    got = wanted if owed else max(0, min(wanted, *room))
    if got:
        for rate in rates:
            number = str(rate.number(now))
            known[rate.name].taken = {
                **out[rate.name],
                number: out[rate.name].get(number, 0) + got,
            }
            known[rate.name].until = now + rate.window + rate.part
        session.flush()
    return got


def give_back(session: Session, rates: Sequence[Rate], number: int, at: datetime, now: datetime) -> None:
    """Put tokens back that were taken at a moment and not used; those that came back by themselves are no more."""
    if not (rates and number):
        return
    known = _locked(session, rates, now)
    for rate in rates:
        out, part = _out(known[rate.name], rate, now), str(rate.number(at))
        if part in out:
            known[rate.name].taken = {**out, part: max(0, out[part] - number)}
    session.flush()


def spent(session: Session, rates: Sequence[Rate], now: datetime) -> list[Rate]:
    """Those of which nothing is left."""
    known = _locked(session, rates, now)
    return [rate for rate in rates if sum(_out(known[rate.name], rate, now).values()) >= rate.most]


def _locked(session: Session, rates: Sequence[Rate], now: datetime) -> dict[str, Bucket]:
    names = sorted(rate.name for rate in rates)
    insert_ignoring(session, Bucket, [{"name": name, "taken": {}, "until": now} for name in names])
    query = select(Bucket).where(Bucket.name.in_(names)).order_by(Bucket.name).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True))
    return {bucket.name: bucket for bucket in found}


def _out(bucket: Bucket, rate: Rate, now: datetime) -> dict[str, int]:
    """What has not come back yet, by part."""
    oldest = rate.number(now) - PARTS
    return {number: taken for number, taken in bucket.taken.items() if int(number) >= oldest}


SWEEPS = (Sweep("technical", "buckets", Bucket, lambda _start, now: Bucket.until <= now),)
