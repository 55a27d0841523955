"""Recipients that an installation names itself, in its own `$DATA/vendors.toml`: who passes its mail on, who keeps its machine.

The form is that of the shipped file. Before the first entry, `ourselves` may name services that the company does itself,
so that nobody else receives anything by them.
"""

from collections.abc import Collection
from pathlib import Path

from clevenio.errors import BadInput
from clevenio.registry import loader
from clevenio.registry.entries import Registry
from clevenio.registry.tables import Table
from clevenio.registry.vendors import OwnVendors, Service, Vendor, vendor

FILE = "vendors.toml"
OURSELVES = "ourselves"


def read(folder: Path, registry: Registry) -> OwnVendors:
    """What a folder's file says; nothing where it has none.

    Raises `BadInput` with file, line, reason and entry at the first thing that is wrong, such as an identifier that
    `registry` has already.
    """
    path = folder / FILE
    if not path.exists():
        return OwnVendors()

    def make(entry: Table) -> Vendor:
        found = vendor(entry)
        _check(entry, found, registry)
        return found

    entries, beside = loader.own_dated_vendors(path, make, (OURSELVES,))
    ourselves = _services(path, beside.get(OURSELVES, []))
    for entry in entries:
        if entry.service in ourselves and entry.until is None:
            raise _wrong(path, f"{OURSELVES} has {entry.service}, and {entry.id} does that")
    return OwnVendors(entries, ourselves)


def _check(entry: Table, found: Vendor, registry: Registry) -> None:
    if found.id in registry.vendors:
        raise entry.fail("a recipient of this id comes with the program: take another id", "id")
    if found.audience:
        raise entry.fail("advertising platforms come with the program, because each needs its own form of file", "audience")  # fmt: skip
    if found.category is not None:
        raise entry.fail("whom visitors are asked about comes with the program, with the script that asks", "category")  # fmt: skip
    if found.service is None and not found.receives:
        raise entry.fail("service or receives is missing: nobody could be told what goes there")
    for kind in found.receives:
        if kind not in registry.holdings or not registry.holdings[kind].is_personal:
            raise entry.fail(f"{kind} is no kind of personal data", "receives")


def _services(path: Path, value: object) -> frozenset[Service]:
    known = ", ".join(Service)
    if not isinstance(value, Collection) or isinstance(value, str):
        raise _wrong(path, f"{OURSELVES} is a list out of {known}")
    for each in value:
        if each not in tuple(Service):
            raise _wrong(path, f"{OURSELVES} has {each!r}; it is a list out of {known}")
    return frozenset(Service(each) for each in value)


def _wrong(path: Path, reason: str) -> BadInput:
    return BadInput("%(file)s: %(reason)s", file=path, reason=reason)
