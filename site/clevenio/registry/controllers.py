"""The controllers a company works for, as its own `$DATA/controllers.toml` names them: GDPR Art. 30(2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from clevenio.registry.entries import Registry
from clevenio.registry.loader import own_entries
from clevenio.registry.tables import Table
from clevenio.registry.vendors import Safeguard, VendorRole
from clevenio.registry.words import Text

FILE = "controllers.toml"


@dataclass(frozen=True)
class Controller:
    """One controller: whom to reach, what is processed for it by which instructions, by whom else, and where.

    `subprocessors` are vendors of the registry; `country` and `transfers` are ISO 3166-1 alpha-2 codes.
    """

    id: str
    name: str
    contact: str
    country: str
    processing: Text
    instructions: Text
    since: date
    until: date | None = None
    representative: str | None = None
    officer: str | None = None
    subprocessors: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()
    safeguard: Safeguard = Safeguard.NONE


def read(folder: Path, registry: Registry) -> Mapping[str, Controller]:
    """The controllers in a folder's file, by identifier; none where it has no such file.

    Raises `BadInput` with file, line and reason at the first thing that is wrong.
    """
    if not (folder / FILE).exists():
        return {}

    def make(entry: Table) -> Controller:
        found = _controller(entry)
        for name in found.subprocessors:
            vendor = registry.vendors.get(name)
            if vendor is None or vendor.role is not VendorRole.PROCESSOR:
                raise entry.fail(f"{name} is no processor among the vendors", "subprocessors")
        return found

    return own_entries(folder, "controller", make, "id")


def _controller(entry: Table) -> Controller:
    found = Controller(
        id=entry.identifier(),
        name=entry.take("name", str),
        contact=entry.take("contact", str),
        country=entry.country("country"),
        processing=entry.text("processing"),
        instructions=entry.text("instructions"),
        since=_day(entry, "since"),
        until=_day(entry, "until") if entry.take("until", object, None) else None,
        representative=entry.take("representative", str, None),
        officer=entry.take("officer", str, None),
        subprocessors=entry.words("subprocessors"),
        transfers=entry.countries("transfers"),
        safeguard=entry.one_of("safeguard", Safeguard)
        if entry.take("safeguard", str, None)
        else Safeguard.NONE,
    )
    if found.transfers and found.safeguard is Safeguard.NONE:
        raise entry.fail("safeguard is missing, and yet there are transfers", "transfers")
    if found.until is not None and found.until < found.since:
        raise entry.fail("until is before since", "until")
    return found


def _day(entry: Table, key: str) -> date:
    value = entry.take(key, object)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise entry.fail(f"{key} is a day such as 2026-11-26, without quotation marks", key)
    return value
