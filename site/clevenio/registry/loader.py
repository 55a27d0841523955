"""Reads the registry and refuses a bad file with its name, the line and the reason."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from clevenio.errors import BadInput
from clevenio.i18n import local_day
from clevenio.registry import classification, whole
from clevenio.registry.entries import (
    ORIGINS,
    Clocks,
    Cookie,
    Embed,
    LegalBasis,
    MessageBasis,
    Period,
    Purpose,
    Registry,
    Storage,
    SubjectKind,
    Tag,
    Topic,
    Unit,
)
from clevenio.registry.holdings import Holding, StoredColumn, StoredTable, Treatment
from clevenio.registry.tables import Table
from clevenio.registry.vendors import OwnVendors, Vendor, vendor

FOLDER = Path(__file__).resolve().parent
Entry = TypeVar(
    "Entry", Purpose, Topic, Vendor, Cookie, Period, Tag, Embed, Holding, StoredTable, StoredColumn
)
PLATFORMS = "{platforms}"
# The library of a script that needs no more than to be loaded.
PLAIN = "plain"
_PATH = re.compile(r"/[!-:<-~]*")
_ORIGIN = re.compile(r"https://(\{host\}|(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+)")
_EMBEDDED = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+/[^\s\"'<>{}]*\{key\}[^\s\"'<>{}]*")
_IN_FORCE: list[Registry] = []
_CLOCK: list[Callable[[], datetime]] = []


def _purpose(entry: Table) -> Purpose:
    purpose = Purpose(
        id=entry.identifier(),
        subject=entry.one_of("subject", SubjectKind),
        basis=entry.one_of("basis", LegalBasis),
        name=entry.text("name"),
        wording=entry.text("wording"),
        data=entry.words("data"),
        per_vendor=entry.take("per_vendor", bool, False),
        signals=entry.words("signals"),
    )
    # Who agrees is told to whom: a decision for each platform rests on their names in the sentence.
    if purpose.per_vendor and not all(PLATFORMS in text for text in (purpose.wording.fi, purpose.wording.en)):
        raise entry.fail(f"wording names no recipients: {PLATFORMS} is missing", "wording")
    return purpose


def _topic(entry: Table) -> Topic:
    return Topic(entry.take("purpose", str), entry.some_of("bases", MessageBasis), entry.text("summary"))


def _cookie(entry: Table) -> Cookie:
    lasts_as_choice = entry.take("lasts_as_choice", bool, False)
    cookie = Cookie(
        name=entry.take("name", str),
        kind=entry.one_of("kind", Storage),
        category=entry.take("category", str),
        provider=entry.take("provider", str),
        days=Clocks().longest if lasts_as_choice else entry.take("days", int),
        purpose=entry.text("purpose"),
        readable_by_scripts=entry.take("readable_by_scripts", bool),
        justification=entry.text("justification", optional=True),
        tag=entry.take("tag", str, None),
        embed=entry.take("embed", str, None),
        domain=entry.take("domain", str, None),
        path=entry.take("path", str, "/"),
        lasts_as_choice=lasts_as_choice,
    )
    if cookie.category == "necessary" and cookie.justification is None:
        raise entry.fail("a necessary entry says why: justification is missing")
    if cookie.days < 0:
        raise entry.fail("days is less than nothing", "days")
    if not _PATH.fullmatch(cookie.path):
        raise entry.fail("path is where the cookie is sent to, from the first / on", "path")
    if cookie.path != "/":
        _check_path(entry, cookie)
    return cookie


def _check_path(entry: Table, cookie: Cookie) -> None:
    """What stands under a path of its own must be one that a withdrawal can take back from elsewhere on the site."""
    if cookie.kind is not Storage.COOKIE or cookie.domain is not None:
        raise entry.fail("a path belongs to a cookie of this site", "path")
    if cookie.is_pattern:
        raise entry.fail(
            "a pattern has no path: the names behind it are sent to that path alone, so they cannot be deleted",
            "path",
        )


def _tag(entry: Table) -> Tag:
    tag = Tag(
        id=entry.identifier(),
        category=entry.take("category", str),
        library=entry.identifier("library"),
        key=entry.take("key", str),
        scripts=entry.words("scripts"),
        connections=entry.words("connections"),
        images=entry.words("images"),
        frames=entry.words("frames"),
        vendor=entry.take("vendor", str, None),
        address=entry.take("address", str, None),
    )
    if (tag.library == PLAIN) is not (tag.address is not None):
        raise entry.fail(f"address goes with the library {PLAIN}, and only with it", "address")
    if tag.address and "/".join(tag.address.split("/")[:3]) not in tag.scripts:
        raise entry.fail("address is on none of the origins in scripts", "address")
    for name in ORIGINS:
        if not all(_ORIGIN.fullmatch(origin) for origin in getattr(tag, name)):
            raise entry.fail(f"{name} are origins such as https://example.com", name)
    if not tag.scripts:
        raise entry.fail("scripts is empty: nothing would be loaded", "scripts")
    _check_key(entry, tag.key)
    return tag


def _embed(entry: Table) -> Embed:
    embed = Embed(
        id=entry.identifier(),
        vendor=entry.take("vendor", str),
        category=entry.take("category", str),
        thing=entry.text("thing"),
        key=entry.take("key", str),
        frame=entry.take("frame", str),
        link=entry.take("link", str),
    )
    for name in ("frame", "link"):
        if not _EMBEDDED.fullmatch(getattr(embed, name)):
            raise entry.fail(f"{name} is an address such as https://example.com/{{key}}", name)
    _check_key(entry, embed.key)
    return embed


def _check_key(entry: Table, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise entry.fail(f"key is no pattern: {error}", "key") from error


def _period(entry: Table) -> Period:
    period = Period(
        id=entry.identifier(),
        what=entry.text("what"),
        trigger=entry.text("trigger", optional=True),
        number=entry.take("number", int),
        unit=entry.one_of("unit", Unit),
        action=entry.one_of("action", Treatment),
        ground=entry.text("ground"),
        warning_days=entry.take("warning_days", int, 0),
        in_words=entry.take("in_words", bool, False),
    )
    if period.number < 0:
        raise entry.fail("number is less than nothing", "number")
    if (period.action is Treatment.KEPT) is not (period.number == 0):
        raise entry.fail("what is kept has no end, a number of 0, and nothing else has none", "action")
    if (period.trigger is None) is not (period.number == 0):
        raise entry.fail("what has an end is counted from a trigger, and only that", "trigger")
    return period


def _parsed(path: Path, shown: object) -> tuple[dict[str, Any], list[str]]:
    """What a file says, and its lines; complaints call it as `shown`."""
    try:
        source = path.read_text(encoding="utf-8")
        return tomllib.loads(source), source.splitlines()
    except OSError as error:
        raise BadInput("%(file)s cannot be read: %(reason)s", file=shown, reason=error.strerror) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("%(file)s: %(reason)s", file=shown, reason=error) from error


def _entries(
    folder: Path,
    table: str,
    make: Callable[[Table], Entry],
    key: str,
    is_own: bool = False,
    beside: Collection[str] = (),
) -> tuple[dict[str, Entry], dict[str, Table]]:
    """The entries of one file by identifier, and where each stands, for later complaints."""
    path = folder / f"{table}s.toml"
    shown = path if is_own else path.name
    values, lines = _parsed(path, shown)
    starts: list[int] = [number for number, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    if set(values) - {table, *beside} or len(starts) != len(values.get(table, [])):
        raise BadInput("%(file)s holds [[%(table)s]] tables and nothing else", file=shown, table=table)
    found: dict[str, Entry] = {}
    places: dict[str, Table] = {}
    ends = [*starts[1:], len(lines) + 1][: len(starts)]
    for start, end, item in zip(starts, ends, values.get(table, []), strict=True):
        entry = Table(path, start, lines[start - 1 : end - 1], item, is_own)
        made = make(entry)
        entry.done()
        identifier = getattr(made, key)
        if identifier in found:
            raise entry.fail(f"{identifier} stands here twice", key)
        found[identifier], places[identifier] = made, entry
    return found, places


def _newest(
    dated: Mapping[str, Vendor], places: Mapping[str, Table]
) -> tuple[dict[str, Vendor], tuple[Vendor, ...], dict[str, Table]]:
    """The newest entry of each recipient, all of them by their beginning, and where the newest stand."""
    entries = tuple(sorted(dated.values(), key=lambda each: each.since))
    newest: dict[str, Vendor] = {each.id: each for each in dated.values()}
    for entry in entries:
        before = [each for each in entries if each.id == entry.id and each.since < entry.since]
        if before and (before[-1].until is None or before[-1].until >= entry.since):
            raise places[entry.key].fail(f"{entry.id} stands here twice from {entry.since} on", "id")
        newest[entry.id] = entry
    return newest, entries, {each.id: places[each.key] for each in newest.values()}


def read(folder: Path) -> Registry:
    """The registry in a folder. Raises `BadInput` at the first thing that is wrong."""
    purposes, purpose_places = _entries(folder, "purpose", _purpose, "id")
    topics, topic_places = _entries(folder, "topic", _topic, "purpose")
    dated, dated_places = _entries(folder, "vendor", vendor, "key")
    vendors, vendor_entries, vendor_places = _newest(dated, dated_places)
    cookies, cookie_places = _entries(folder, "cookie", _cookie, "name")
    periods, period_places = _entries(folder, "period", _period, "id")
    tags, tag_places = _entries(folder, "tag", _tag, "id")
    embeds, embed_places = _entries(folder, "embed", _embed, "id")
    holdings, holding_places = _entries(folder, "holding", classification.holding, "id")
    tables, table_places = _entries(folder, "table", classification.table, "id")
    columns, column_places = _entries(folder, "column", classification.column, "key")
    registry = Registry(purposes, topics, vendors, cookies, periods, tags, embeds, holdings, tables, columns)
    registry = replace(registry, vendor_entries=vendor_entries)
    whole.check(
        registry,
        whole.Places(
            purpose_places,
            topic_places,
            vendor_places,
            cookie_places,
            period_places,
            tag_places,
            embed_places,
        ),
    )
    places = classification.Places(holding_places, table_places, column_places)
    classification.check(registry, places)
    return registry


def own_entries(folder: Path, table: str, make: Callable[[Table], Any], key: str) -> dict[str, Any]:
    """The entries of an installation's own file, by identifier. Raises `BadInput` as `read` does."""
    return _entries(folder, table, make, key, is_own=True)[0]


def own_dated_vendors(
    path: Path, make: Callable[[Table], Vendor], beside: Collection[str]
) -> tuple[tuple[Vendor, ...], Mapping[str, Any]]:
    """The dated entries of an installation's own vendors.toml, the oldest first, and what stands `beside` them."""
    dated, places = _entries(path.parent, "vendor", make, "key", is_own=True, beside=beside)
    values, _ = _parsed(path, path)
    return _newest(dated, places)[1], {name: values[name] for name in beside if name in values}


@cache
def shipped() -> Registry:
    """The registry as it stands in the files, read once: every tag and embed is in it, and none is on."""
    return read(FOLDER)


def put_in_force(
    keys: Mapping[str, str],
    embeds: Collection[str],
    clocks: Clocks,
    periods: Mapping[str, int] | None = None,
    vendors: OwnVendors | None = None,
) -> None:
    """From now on `load` answers with these tags on, by identifier and key, these embeds, clocks, periods and recipients.

    `vendors` are those of the installation beside the shipped ones. What belongs to a recipient that may get nothing today stays off. `periods` gives numbers of an installation's own, each in the unit of its entry. Raises `BadInput`.
    """
    for name, key in keys.items():
        tag = shipped().tags.get(name)
        if tag is None:
            raise BadInput(
                "CLEVENIO_TAGS names %(tag)s; known are %(known)s.", tag=name, known=", ".join(shipped().tags)
            )
        if not re.fullmatch(tag.key, key):
            raise BadInput("CLEVENIO_TAGS: %(key)s is no key for %(tag)s.", key=key, tag=name)
    for name in embeds:
        if name not in shipped().embeds:
            known = ", ".join(shipped().embeds)
            raise BadInput("CLEVENIO_EMBEDS names %(embed)s; known are %(known)s.", embed=name, known=known)
    own = periods or {}
    _check_periods(own)
    on = {name: key for name, key in keys.items() if _may_receive(shipped().tags[name].vendor)}
    shown = frozenset(name for name in embeds if _may_receive(shipped().embeds[name].vendor))
    pairs = (tuple(sorted(mapping.items())) for mapping in (on, own))
    _IN_FORCE[:] = [_with(*pairs, shown, clocks, vendors or OwnVendors())]


def _may_receive(vendor: str | None) -> bool:
    return vendor is None or shipped().vendor_on(vendor, today()) is not None


def keep_time(clock: Callable[[], datetime]) -> None:
    """From now on `today` goes by this clock; without one, by the machine's."""
    _CLOCK[:] = [clock]


def today() -> date:
    """The day at the company: forms name the recipients of that day."""
    return local_day(_CLOCK[0]() if _CLOCK else datetime.now(UTC))


def _check_periods(own: Mapping[str, int]) -> None:
    settable = {name: each for name, each in shipped().periods.items() if each.number and not each.in_words}
    for name, number in own.items():
        if name not in settable:
            known = ", ".join(settable)
            raise BadInput(
                "CLEVENIO_PERIODS names %(period)s; those it may set are %(known)s.", period=name, known=known
            )
        period = replace(settable[name], number=number)
        if number <= 0 or not period.is_sensible:
            raise BadInput(
                "CLEVENIO_PERIODS: %(number)s is no number of %(unit)ss for %(period)s.",
                number=number,
                unit=period.unit,
                period=name,
            )


def load() -> Registry:
    """The registry that is in force; without `put_in_force` no tag and no embed is."""
    return _IN_FORCE[0] if _IN_FORCE else _with((), (), frozenset(), Clocks(), OwnVendors())


@cache
def _with(
    keys: tuple[tuple[str, str], ...],
    periods: tuple[tuple[str, int], ...],
    embeds: frozenset[str],
    clocks: Clocks,
    vendors: OwnVendors,
) -> Registry:
    # The same settings give the same object, so what is kept by registry is made once.
    return shipped().in_force(dict(keys), embeds, clocks, dict(periods)).and_own(vendors)
