"""Every table and column is classified, and every kind of data knows what to do when somebody is erased."""

import pytest
from sqlalchemy import Column, Integer, String, Table

from clevenio.app import BLUEPRINTS
from clevenio.database import Base
from clevenio.registry import Origin, load
from clevenio.rights.holdings import HOLDINGS, Treatment
from clevenio.rights.noting import without


def unclassified(metadata, registry):
    """The tables, and the columns as `table.column`, that the registry says nothing about."""
    for name, table in metadata.tables.items():
        if name not in registry.tables:
            yield name
            continue
        yield from (f"{name}.{column.name}" for column in table.columns if not said(registry, name, column))


def said(registry, table, column):
    return column.name in registry.tables[table].columns


def stale(metadata, registry):
    """What the registry describes and the schema lacks."""
    for name, table in registry.tables.items():
        if name not in metadata.tables:
            yield name
            continue
        there = {column.name for column in metadata.tables[name].columns}
        yield from (f"{name}.{column}" for column in table.columns if column not in there)


def test_every_table_and_column_is_classified():
    assert BLUEPRINTS  # importing the application brings every table in
    assert list(unclassified(Base.metadata, load())) == []


def test_a_new_table_and_a_new_column_are_found():
    metadata = Base.metadata.__class__()
    Table("diaries", metadata, Column("id", Integer, primary_key=True), Column("email", String))
    Table("usage_days", metadata, Column("person", Integer), Column("mood", String))
    assert list(unclassified(metadata, load())) == ["diaries", "usage_days.mood"]


def test_what_has_gone_from_the_schema_is_described_no_more():
    assert list(stale(Base.metadata, load())) == []


def test_a_stale_table_and_a_stale_column_are_found():
    metadata = Base.metadata.__class__()
    Table("usage_days", metadata, Column("person", Integer))
    found = list(stale(metadata, load()))
    assert "people" in found
    assert [each for each in found if each.startswith("usage_days")] == ["usage_days.day"]


def test_every_kind_of_data_with_somebody_in_it_has_its_code_and_no_other_has():
    personal = [name for name, holding in load().holdings.items() if holding.is_personal]
    handled = [holding.name for holding in HOLDINGS]
    # Questions to a passkey hang on a login for minutes and on nobody by themselves.
    assert sorted(handled) == sorted(set(personal) - {"challenges"})


def test_the_code_looks_into_tables_that_the_registry_counts_to_its_kind():
    for holding in HOLDINGS:
        tables = {table.id for table in load().tables_of(holding.name)}
        assert {part.table.name for part in holding.parts} <= tables, holding.name
        tables -= {"agreement_removal_permits"}  # none outlives its transaction
        # Decisions are the ledger's, which alone reads their tables; counters and sealed files name nobody to look for.
        if holding.name not in ("consent", "attempts", "import_files"):
            assert {part.table.name for part in holding.parts} == tables, holding.name


# What an address, a name or a person's id is called in our tables.
PERSONAL = {"person", "person_id", "subject", "email", "recipient", "address_key"}


def test_no_table_with_a_person_in_its_columns_is_called_impersonal():
    registry = load()
    impersonal = {name for name, holding in registry.holdings.items() if not holding.is_personal}
    found = {
        name
        for name, table in registry.tables.items()
        if impersonal.issuperset(table.holdings) and PERSONAL & set(table.columns)
    }
    # Staff are no customers; the subject of an edition is what its mail is headed by.
    assert found <= {"staff_members", "editions"}


@pytest.mark.parametrize(
    "name", ["password", "secret", "credential", "public_key", "invitation", "challenge"]
)
def test_what_lets_somebody_in_is_handed_out_to_nobody(name):
    for table in load().tables.values():
        assert name not in set(table.of(*(set(Origin) - {Origin.WITHHELD}))), table.id


def test_who_of_our_staff_did_something_is_handed_out_to_nobody():
    staff = {"actor", "changed_by", "acknowledged_by"}
    for table in load().tables.values():
        assert not staff & set(table.of(*(set(Origin) - {Origin.WITHHELD}))), table.id


@pytest.mark.parametrize("holding", [each for each in HOLDINGS if each.treatment is Treatment.KEPT])
def test_what_is_kept_says_why_and_until_when(holding):
    assert holding.why
    assert holding.until is not None or holding.until_words


def test_an_address_is_taken_out_of_a_text_however_it_is_written():
    assert without("Ask Aino@Example.COM or aino@example.com.", ("aino@example.com",)) == "Ask … or …."
    assert without(None, ("a",)) is None
