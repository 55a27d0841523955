"""What a registry holds, once read and checked."""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from urllib.parse import quote

from clevenio.registry.holdings import Holding, StoredColumn, StoredTable, Treatment, Whose
from clevenio.registry.vendors import OwnVendors, Service, Vendor
from clevenio.registry.words import Text
from clevenio.settings import CHOICE_DAYS

# Of a period that ends: a hundred years, which is beyond any purpose and within what a calendar reckons with.
LONGEST_DAYS = 36_500
# What goes out by mail, as kinds of data.
CARRIED = ("mails", "deliveries", "inquiry_answers")


class SubjectKind(StrEnum):
    """Whose decision a purpose waits for."""

    BROWSER = "browser"
    PERSON = "person"


class LegalBasis(StrEnum):
    """GDPR Art. 6(1)(a), (b), (c) and (f)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Storage(StrEnum):
    """Where in a browser an entry stands."""

    COOKIE = "cookie"
    LOCAL_STORAGE = "local_storage"
    SESSION_STORAGE = "session_storage"
    INDEXED_DB = "indexed_db"
    CACHE_STORAGE = "cache_storage"
    SERVICE_WORKER = "service_worker"


class Unit(StrEnum):
    """What a period is counted in."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class MessageBasis(StrEnum):
    """What a message may stand on, besides no refusal (Act 917/2014, sections 200 and 202)."""

    CONSENT = "consent"
    CUSTOMER = "customer"
    ROLE = "role"


@dataclass(frozen=True)
class Purpose:
    """What data is used for. `per_vendor`: decided for each platform by itself, as `id:vendor`."""

    id: str
    subject: SubjectKind
    basis: LegalBasis
    name: Text
    wording: Text
    data: tuple[str, ...] = ()
    per_vendor: bool = False
    signals: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether silence means no."""
        return self.basis is LegalBasis.CONSENT


@dataclass(frozen=True)
class Topic:
    """A kind of message; `bases` are the grounds it may be sent on."""

    purpose: str
    bases: tuple[MessageBasis, ...]
    summary: Text


@dataclass(frozen=True)
class Cookie:
    """A cookie or storage entry. `days` is its longest life; 0 lasts until the browser closes.

    One that `lasts_as_choice` takes its days from the clocks. The name of a service worker is the path of
    its script.
    One of a `tag` or an `embed` is there while that is on. One with a `domain` belongs to somebody else's site: it is
    declared, and neither set nor deleted by ours. `path` is where a cookie is sent to (RFC 6265, 5.1.4): it is set and
    deleted under this one and no other.
    """

    name: str
    kind: Storage
    category: str
    provider: str
    days: int
    purpose: Text
    readable_by_scripts: bool
    justification: Text | None = None
    tag: str | None = None
    embed: str | None = None
    domain: str | None = None
    path: str = "/"
    lasts_as_choice: bool = False

    @property
    def is_pattern(self) -> bool:
        """Whether the name stands for many."""
        return any(sign in self.name for sign in "*?[")


@dataclass(frozen=True)
class Clocks:
    """How long a choice counts: a consent ends, and a browser that refused everything is asked again."""

    consent_days: int = CHOICE_DAYS
    refusal_days: int = CHOICE_DAYS

    @property
    def longest(self) -> int:
        """The longest that any choice counts."""
        return max(self.consent_days, self.refusal_days)


@dataclass(frozen=True)
class Tag:
    """Somebody else's script, started by a module `library` of ours once its category is allowed.

    `key` is a pattern in a file, and in a registry that is in force the company's own identifier.
    `address` is where the script of a library that only loads it is found.
    `vendor` None: it runs on a server of the company, so nobody else receives anything. The origins
    are CSP source expressions, by what they are needed for.
    """

    id: str
    category: str
    library: str
    key: str
    scripts: tuple[str, ...]
    connections: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    vendor: str | None = None
    address: str | None = None

    def with_key(self, key: str) -> "Tag":
        """The tag as switched on: its `{host}` is the part of the key before a slash."""
        host = key.partition("/")[0]

        def named(origins: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(origin.replace("{host}", host) for origin in origins)

        return replace(
            self,
            key=key,
            address=self.address and self.address.replace("{host}", host).replace("{key}", quote(key)),
            scripts=named(self.scripts),
            connections=named(self.connections),
            images=named(self.images),
            frames=named(self.frames),
        )


@dataclass(frozen=True)
class Embed:
    """Somebody else's video or map, shown in a frame of our page once its vendor is allowed, or once on demand.

    `key` is the pattern of what names one of them; it stands where `frame`, the address in the frame, and
    `link`, the address for everybody, say `{key}`. `thing` is what it is called: video, map.
    """

    id: str
    vendor: str
    category: str
    thing: Text
    key: str
    frame: str
    link: str

    @property
    def origin(self) -> str:
        """Where the frame comes from, as a CSP source expression."""
        return "/".join(self.frame.split("/", 3)[:3])


ORIGINS = ("scripts", "connections", "images", "frames")


@dataclass(frozen=True)
class Period:
    """A rule: how long a kind of data is kept after `trigger`, what happens then, and on what ground.

    A `number` of 0 has no end, and then no trigger. `warning_days` before their end the person is told, if any. `in_words`:
    sentences on pages and in mails say how long it is, so no setting can change it.
    """

    id: str
    what: Text
    trigger: Text | None
    number: int
    unit: Unit
    action: Treatment
    ground: Text
    warning_days: int = 0
    in_words: bool = False

    @property
    def is_sensible(self) -> bool:
        """Whether there is a time before people are told that it ends, and it ends within a hundred years.

        A month has at least 28 days.
        """
        least = {Unit.HOUR: 1 / 24, Unit.DAY: 1, Unit.MONTH: 28, Unit.YEAR: 365}[self.unit]
        return self.warning_days < self.number * least <= LONGEST_DAYS

    def start(self, now: datetime) -> datetime | None:
        """The moment up to which the period is over; None where it has no end.

        Months and years go by the calendar: a month before 31 March is the last day of February.
        """
        if not self.number:
            return None
        if self.unit in (Unit.HOUR, Unit.DAY):
            return now - self.number * timedelta(hours=1 if self.unit is Unit.HOUR else 24)
        months = self.number * (12 if self.unit is Unit.YEAR else 1)
        year, month = divmod(12 * now.year + now.month - 1 - months, 12)
        last = monthrange(year, month + 1)[1]
        return now.replace(year=year, month=month + 1, day=min(now.day, last))


@dataclass(frozen=True, eq=False)
class Registry:
    """Everything declared, by identifier, in the order of the files. The same only as itself.

    Of each recipient `vendors` holds the newest entry, and `vendor_entries` every one, the oldest first. `ourselves` are
    the services that the company says it does without anybody else.
    """

    purposes: Mapping[str, Purpose]
    topics: Mapping[str, Topic]
    vendors: Mapping[str, Vendor]
    cookies: Mapping[str, Cookie]
    periods: Mapping[str, Period]
    tags: Mapping[str, Tag]
    embeds: Mapping[str, Embed]
    holdings: Mapping[str, Holding]
    tables: Mapping[str, StoredTable]
    columns: Mapping[str, StoredColumn]
    clocks: Clocks = Clocks()
    vendor_entries: tuple[Vendor, ...] = ()
    ourselves: frozenset[Service] = frozenset()

    def in_force(
        self,
        keys: Mapping[str, str],
        embeds: Collection[str],
        clocks: Clocks,
        numbers: Mapping[str, int] | None = None,
    ) -> "Registry":
        """What holds where these tags have a key, these embeds are on, and these periods are so long.

        The other tags and embeds are gone, with their vendors and cookies.
        """
        tags = {name: tag.with_key(keys[name]) for name, tag in self.tags.items() if name in keys}
        shown = {name: embed for name, embed in self.embeds.items() if name in embeds}
        periods = {
            name: replace(period, number=(numbers or {}).get(name, period.number))
            for name, period in self.periods.items()
        }
        found = replace(self, tags=tags, embeds=shown, clocks=clocks, periods=periods)
        idle = {entry.vendor for entry in self.guests} - {entry.vendor for entry in found.guests}
        vendors = {name: vendor for name, vendor in self.vendors.items() if name not in idle}
        cookies = {
            name: replace(cookie, days=clocks.longest) if cookie.lasts_as_choice else cookie
            for name, cookie in self.cookies.items()
            if (cookie.tag is None or cookie.tag in tags) and (cookie.embed is None or cookie.embed in shown)
        }
        entries = tuple(entry for entry in self.vendor_entries if entry.id not in idle)
        return replace(found, vendors=vendors, vendor_entries=entries, cookies=cookies)

    def and_own(self, own: OwnVendors) -> "Registry":
        """With the recipients that an installation names itself, which are read and checked already."""
        vendors = {**self.vendors, **{each.id: each for each in own.entries}}
        entries = tuple(sorted((*self.vendor_entries, *own.entries), key=lambda each: each.since))
        return replace(self, vendors=vendors, vendor_entries=entries, ourselves=own.ourselves)

    def is_told(self, service: Service, day: date) -> bool:
        """Whether it is said who runs a service on a day: a recipient, or the company itself."""
        return service in self.ourselves or any(each.service is service for each in self.vendors_on(day))

    def handled_by(self, vendor: Vendor) -> tuple[str, ...]:
        """The kinds of personal data that go to a recipient in another way than by audience files or browsers."""
        served = {
            Service.MAIL: tuple(name for name in CARRIED if name in self.holdings),
            Service.HOSTING: tuple(each.id for each in self.holdings.values() if each.is_personal),
        }
        return tuple(dict.fromkeys((*vendor.receives, *(served[vendor.service] if vendor.service else ()))))

    def vendor_on(self, name: str, day: date) -> Vendor | None:
        """A recipient as it stands on a day; None where nothing may go there then."""
        found = (each for each in self.vendor_entries if each.id == name and each.is_in_force(day))
        return next(found, None)

    def vendors_on(self, day: date) -> tuple[Vendor, ...]:
        """Who may receive data on a day."""
        found = (self.vendor_on(name, day) for name in self.vendors)
        return tuple(vendor for vendor in found if vendor is not None)

    @cached_property
    def guests(self) -> tuple[Tag | Embed, ...]:
        """What of others a page may hold."""
        return (*self.tags.values(), *self.embeds.values())

    @cached_property
    def categories(self) -> tuple[Purpose, ...]:
        """What a browser decides about: preferences, analytics, marketing."""
        return tuple(
            p for p in self.purposes.values() if p.subject is SubjectKind.BROWSER and p.needs_consent
        )

    @cached_property
    def audience_vendors(self) -> tuple[Vendor, ...]:
        """The advertising platforms that audiences may be made for."""
        return tuple(v for v in self.vendors.values() if v.audience)

    def offered_on(self, day: date) -> tuple[Vendor, ...]:
        """The advertising platforms that people are asked about on a day: those that may receive data then."""
        found = (self.vendor_on(vendor.id, day) for vendor in self.audience_vendors)
        return tuple(each for each in found if each is not None and each.is_safeguarded(day))

    def vendors_of(self, category: str) -> tuple[Vendor, ...]:
        """The vendors that a browser category lets in."""
        return self._vendors_by_category.get(category, ())

    @cached_property
    def _vendors_by_category(self) -> Mapping[str, tuple[Vendor, ...]]:
        used = {(entry.category, entry.vendor) for entry in self.guests}
        return {
            name: tuple(v for v in self.vendors.values() if v.category == name or (name, v.id) in used)
            for name in self.purposes
        }

    @cached_property
    def browser_purposes(self) -> tuple[str, ...]:
        """What a browser decides about: each category, and each vendor within it as `category:vendor`."""
        names = {category.id for category in self.categories}
        return tuple(p for p in self.decidable if p.partition(":")[0] in names)

    @cached_property
    def decidable(self) -> tuple[str, ...]:
        """Every identifier the ledger takes: consent purposes, those per vendor once per vendor."""
        found: list[str] = []
        for purpose in self.purposes.values():
            if not purpose.needs_consent:
                continue
            if purpose.per_vendor:
                found += [f"{purpose.id}:{vendor.id}" for vendor in self.audience_vendors]
            else:
                found.append(purpose.id)
                found += [f"{purpose.id}:{vendor.id}" for vendor in self.vendors_of(purpose.id)]
        return tuple(found)

    def column(self, table: str, name: str) -> StoredColumn | None:
        """What a column of a table is called in words; None where nobody says."""
        return self.columns.get(f"{table}.{name}") or self.columns.get(name)

    def tables_of(self, holding: str) -> tuple[StoredTable, ...]:
        """The tables in which a kind of data is."""
        return tuple(table for table in self.tables.values() if holding in table.holdings)

    def holdings_of(self, *whose: Whose) -> tuple[Holding, ...]:
        """The kinds of data that are about any of these."""
        return tuple(each for each in self.holdings.values() if set(whose) & set(each.whose))

    def name_of(self, purpose: str) -> str:
        """A decidable identifier's name in the current language: `Newsletter`, `… – Meta`."""
        base, _, vendor = purpose.partition(":")
        name = str(self.purposes[base].name)
        return f"{name} – {self.vendors[vendor].name}" if vendor else name
