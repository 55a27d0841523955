"""Reads what is said of kinds of data, tables and columns, and checks that it holds together."""

from collections.abc import Mapping
from dataclasses import dataclass

from clevenio.registry.entries import Registry
from clevenio.registry.holdings import Holding, Source, StoredColumn, StoredTable, Treatment, Whose
from clevenio.registry.tables import Table


def holding(entry: Table) -> Holding:
    """One [[holding]]. Raises `BadInput`."""
    found = Holding(
        id=entry.identifier(),
        what=entry.text("what"),
        whose=entry.some_of("whose", Whose),
        purposes=entry.words("purposes"),
        period=entry.take("period", str),
        source=entry.one_of("source", Source),
        erased=entry.one_of("erased", Treatment),
        why=entry.text("why", optional=True),
        until=entry.text("until", optional=True),
        sooner=entry.text("sooner", optional=True),
        remains=entry.text("remains", optional=True),
    )
    if not found.purposes:
        raise entry.fail("purposes is empty: data is held for something", "purposes")
    if (found.erased is Treatment.KEPT) is not (found.why is not None):
        raise entry.fail("why goes with what is kept, and only with it", "why")
    if found.erased is Treatment.DELETED and found.remains is not None:
        raise entry.fail("remains goes with what an erasure leaves, and only with it", "remains")
    return found


def table(entry: Table) -> StoredTable:
    """One [[table]]. Raises `BadInput`."""
    found = StoredTable(
        id=entry.identifier(),
        what=entry.text("what"),
        holdings=entry.words("holdings"),
        given=entry.words("given"),
        observed=entry.words("observed"),
        ours=entry.words("ours"),
        internal=entry.words("internal"),
        withheld=entry.words("withheld"),
    )
    twice = {name for name in found.columns if found.columns.count(name) > 1}
    if twice:
        raise entry.fail(f"{min(twice)} stands here twice", "holdings")
    return found


def column(entry: Table) -> StoredColumn:
    """One [[column]]. Raises `BadInput`."""
    return StoredColumn(entry.identifier(), entry.text("what"), entry.take("table", str, None))


@dataclass(frozen=True)
class Places:
    """Where each entry stands, by what it is found by, for complaints."""

    holdings: Mapping[str, Table]
    tables: Mapping[str, Table]
    columns: Mapping[str, Table]


def check(registry: Registry, places: Places) -> None:
    """Raises `BadInput` at the first kind, table or column that names what is not there, or is of no use."""
    for name, stored in registry.tables.items():
        _check_table(registry, stored, places.tables[name])
    for name, kind in registry.holdings.items():
        _check_holding(registry, kind, places.holdings[name])
    for key, words in registry.columns.items():
        tables = [words.table] if words.table else list(registry.tables)
        is_used = (
            words.id in registry.tables[name].columns and registry.column(name, words.id) is words
            for name in tables
            if name in registry.tables
        )
        if not any(is_used):
            raise places.columns[key].fail(f"no table has a column {key}")


def _check_holding(registry: Registry, kind: Holding, place: Table) -> None:
    for purpose in kind.purposes:
        if purpose not in registry.purposes:
            raise place.fail(f"{purpose} is no purpose", "purposes")
    if kind.period not in registry.periods:
        raise place.fail(f"{kind.period} is no period", "period")
    if not registry.tables_of(kind.id):
        raise place.fail(f"no table holds {kind.id}")


def _check_table(registry: Registry, stored: StoredTable, place: Table) -> None:
    if not stored.holdings:
        raise place.fail("holdings is empty: a table holds some kind of data", "holdings")
    for kind in stored.holdings:
        if kind not in registry.holdings:
            raise place.fail(f"{kind} is no kind of data", "holdings")
    for name in stored.columns:
        if registry.column(stored.id, name) is None:
            raise place.fail(f"columns.toml has no words for {name}")
