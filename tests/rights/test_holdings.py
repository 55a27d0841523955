"""Every table says what it does with somebody who is erased."""

import pytest
from sqlalchemy import Column, Integer, String, Table

from clevenio.app import BLUEPRINTS
from clevenio.database import Base
from clevenio.rights.holdings import HOLDINGS, IMPERSONAL, Treatment, without

HANDLED = {table for holding in HOLDINGS for table in holding.tables}


def unclassified(metadata):
    return set(metadata.tables) - HANDLED - set(IMPERSONAL)


def test_every_table_has_a_handler_or_a_reason_to_need_none():
    assert BLUEPRINTS  # importing the application brings every table in
    assert unclassified(Base.metadata) == set()


def test_a_new_table_without_a_handler_is_found():
    metadata = Base.metadata.__class__()
    Table("diaries", metadata, Column("id", Integer, primary_key=True), Column("email", String))
    assert unclassified(metadata) == {"diaries"}


def test_the_list_names_no_table_that_is_gone_and_none_twice():
    assert (HANDLED | set(IMPERSONAL)) - set(Base.metadata.tables) == set()
    assert HANDLED & set(IMPERSONAL) == set()


# What an address, a name or a person's id is called in our tables.
PERSONAL = {"person", "person_id", "subject", "email", "recipient", "address_key"}


def test_no_table_with_a_person_in_its_columns_is_called_impersonal():
    found = {
        name
        for name in IMPERSONAL
        if PERSONAL & {column.name for column in Base.metadata.tables[name].columns}
    }
    # Staff are no customers; the subject of an edition is what its mail is headed by.
    assert found <= {"staff_members", "editions"}


@pytest.mark.parametrize("holding", [each for each in HOLDINGS if each.treatment is Treatment.KEPT])
def test_what_is_kept_says_why_and_until_when(holding):
    assert holding.why
    assert holding.until is not None or holding.until_words


def test_an_address_is_taken_out_of_a_text_however_it_is_written():
    assert without("Ask Aino@Example.COM or aino@example.com.", ("aino@example.com",)) == "Ask … or …."
    assert without(None, ("a",)) is None
