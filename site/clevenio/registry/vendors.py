"""Who receives personal data: dated entries, and the log of changes that follows from them.

An identifier may stand in the file several times, once for each time in which other facts held. What
changed when is the difference between two of them, so it is written nowhere else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from clevenio.registry.tables import Table
from clevenio.registry.words import Text

MODULES = range(1, 5)
A_DAY = timedelta(days=1)


class VendorRole(StrEnum):
    """What a recipient is under GDPR Art. 4(7), 4(8) and 26."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint_controller"


class Safeguard(StrEnum):
    """The ground of a transfer out of the EEA, GDPR Art. 45 and 46; `none` where there is no transfer."""

    DPF = "dpf"
    SCC = "scc"
    ADEQUACY = "adequacy"
    NONE = "none"


class Service(StrEnum):
    """What somebody does for the company through whose hands data of many kinds goes."""

    MAIL = "mail"
    HOSTING = "hosting"


@dataclass(frozen=True)
class Vendor:
    """A recipient of personal data, as it was or is from `since` to the end of `until`, None while it lasts.

    `country` and `transfers` are ISO 3166-1 alpha-2 codes. `safeguard_since` and `safeguard_until` are the days on
    which the ground of the transfer counts, `scc_module` the module of Decision (EU) 2021/914. `arrangement` names the
    document that both sides are bound by, and `arrangement_address` where it is (GDPR Art. 26 and 28).
    `service` is what they run for the company, if anything: what goes through their hands there is
    erased and corrected in our own rows, so they have nothing to be told.
    `receives` are the kinds of data whose rows go there; `contact` is told of rectifications and
    erasures (Art. 19) in `contact_language`.
    """

    id: str
    name: str
    company: str
    country: str
    transfers: tuple[str, ...]
    safeguard: Safeguard
    role: VendorRole
    data: Text
    purpose: Text
    policy: str
    since: date
    until: date | None = None
    safeguard_since: date | None = None
    safeguard_until: date | None = None
    scc_module: int | None = None
    arrangement: str | None = None
    arrangement_address: str | None = None
    service: Service | None = None
    receives: tuple[str, ...] = ()
    contact: str | None = None
    contact_language: str = "en"
    audience: bool = False
    category: str | None = None

    @property
    def key(self) -> str:
        """What sets this entry apart from others of the same recipient."""
        return f"{self.id} {self.since}"

    def is_in_force(self, day: date) -> bool:
        """Whether data may go there on a day as this entry says."""
        return self.since <= day and (self.until is None or day <= self.until)

    def is_safeguarded(self, day: date) -> bool:
        """Whether the transfer, if there is one, has a ground on that day (GDPR Art. 44)."""
        if not self.transfers:
            return True
        started = self.safeguard_since is not None and self.safeguard_since <= day
        return started and (self.safeguard_until is None or day <= self.safeguard_until)


@dataclass(frozen=True)
class OwnVendors:
    """What an installation names itself: dated entries, the oldest first, and the services for which it needs nobody."""

    entries: tuple[Vendor, ...] = ()
    ourselves: frozenset[Service] = frozenset()


class Event(StrEnum):
    """What happened to a recipient."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


# What a change can be about; the rest is how we work with the recipient, not what it receives.
COMPARED = (
    "name", "company", "role", "purpose", "data", "country", "transfers",
    "safeguard", "arrangement",
)  # fmt: skip


@dataclass(frozen=True)
class VendorChange:
    """One line of the log: the entry that begins or has ended on `day`, and the one `before` a change."""

    day: date
    event: Event
    vendor: Vendor
    before: Vendor | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """What is different from before."""
        if self.before is None:
            return ()
        before = self.before
        facts: dict[str, tuple[str, ...]] = {name: (name,) for name in COMPARED}
        facts["safeguard"] = ("safeguard", "scc_module", "safeguard_since", "safeguard_until")
        facts["arrangement"] = ("arrangement", "arrangement_address")
        return tuple(
            name
            for name, columns in facts.items()
            if any(getattr(before, column) != getattr(self.vendor, column) for column in columns)
        )


def log(entries: Iterable[Vendor]) -> list[VendorChange]:
    """Every addition, change and end that dated entries tell of, the newest first, of one day by name; some may be still to come.

    An entry that begins on the day after another of its recipient ended is a change, else an addition.
    """
    found: list[VendorChange] = []
    for _id, group in groupby(sorted(entries, key=lambda each: (each.id, each.since)), lambda each: each.id):
        found += _of_one(list(group))
    by_name = sorted(found, key=lambda change: change.vendor.name.casefold())
    return sorted(by_name, key=lambda change: change.day, reverse=True)


def _of_one(entries: Sequence[Vendor]) -> Iterator[VendorChange]:
    yield VendorChange(entries[0].since, Event.ADDED, entries[0])
    for before, after in pairwise(entries):
        if before.until is None or before.until + A_DAY == after.since:
            yield VendorChange(after.since, Event.CHANGED, after, before)
        else:
            yield VendorChange(before.until + A_DAY, Event.ENDED, before)
            yield VendorChange(after.since, Event.ADDED, after)
    if (end := entries[-1].until) is not None:
        yield VendorChange(end + A_DAY, Event.ENDED, entries[-1])


def vendor(entry: Table) -> Vendor:
    """One [[vendor]]. Raises `BadInput`."""
    found = Vendor(
        id=entry.identifier(),
        name=entry.take("name", str),
        company=entry.take("company", str),
        country=entry.country("country"),
        transfers=entry.countries("transfers"),
        safeguard=entry.one_of("safeguard", Safeguard),
        role=entry.one_of("role", VendorRole),
        data=entry.text("data"),
        purpose=entry.text("purpose"),
        policy=entry.take("policy", str),
        since=entry.take("since", date),
        until=entry.take("until", date, None),
        safeguard_since=entry.take("safeguard_since", date, None),
        safeguard_until=entry.take("safeguard_until", date, None),
        scc_module=entry.take("scc_module", int, None),
        arrangement=entry.take("arrangement", str, None),
        arrangement_address=entry.take("arrangement_address", str, None),
        service=entry.one_of("service", Service) if entry.take("service", str, None) else None,
        receives=entry.words("receives"),
        contact=entry.take("contact", str, None),
        contact_language=entry.take("contact_language", str, "en"),
        audience=entry.take("audience", bool, False),
        category=entry.take("category", str, None),
    )
    _check_transfer(entry, found)
    _check_papers(entry, found)
    return found


def _check_transfer(entry: Table, found: Vendor) -> None:
    if found.transfers and found.safeguard is Safeguard.NONE:
        raise entry.fail("safeguard is none, and yet there are transfers", "safeguard")
    if (found.safeguard is not Safeguard.NONE) is not (found.safeguard_since is not None):
        raise entry.fail("safeguard_since goes with a safeguard, and only with one", "safeguard")
    if (found.safeguard is Safeguard.SCC) is not (found.scc_module is not None):
        raise entry.fail("scc_module goes with the safeguard scc, and only with it", "safeguard")
    if found.scc_module is not None and found.scc_module not in MODULES:
        raise entry.fail("scc_module is one of 1 to 4", "scc_module")
    for first, last in (("since", found.until), ("safeguard_since", found.safeguard_until)):
        begins = getattr(found, first)
        if last is not None and (begins is None or last < begins):
            raise entry.fail(f"{first} is after the end", first)


def _check_papers(entry: Table, found: Vendor) -> None:
    if found.role is VendorRole.JOINT_CONTROLLER and found.arrangement is None:
        raise entry.fail("a joint controller has an arrangement: it is missing", "role")
    if (found.arrangement is None) is not (found.arrangement_address is None):
        raise entry.fail("arrangement and arrangement_address go together", "arrangement")
    for name in ("policy", "arrangement_address"):
        value = getattr(found, name)
        if value is not None and not value.startswith("https://"):
            raise entry.fail(f"{name} is an address that begins with https://", name)
    if found.contact_language not in ("fi", "en"):
        raise entry.fail("contact_language is fi or en", "contact_language")
    if found.receives and found.contact is None:
        raise entry.fail("who receives rows has a contact: it is missing", "receives")
