"""What is said of kinds of data, tables and columns holds together, or the program does not start."""

from shutil import copytree

import pytest

from clevenio.errors import BadInput
from clevenio.registry import LegalBasis, Origin, Treatment, Whose, load, loader

# The file, what is replaced in it by what, and the reason given.
SPOILT = [
    ("holdings.toml", 'purposes = ["inquiries"]', 'purposes = ["luck"]', "luck is no purpose"),
    ("holdings.toml", 'purposes = ["inquiries"]', "purposes = []", "purposes is empty: data is held for something"),
    ("holdings.toml", 'period = "inquiry"', 'period = "ever"', "ever is no period"),
    ("holdings.toml", 'whose = ["person", "customer"]', 'whose = ["robot"]', "whose is 'robot'; it is one of visitor,"),
    ("holdings.toml", 'erased = "deleted"', 'erased = "kept"', "why goes with what is kept, and only with it"),
    ("holdings.toml", 'purposes = ["inquiries"]', 'purposes = ["inquiries"]\nremains = { fi = "x", en = "x" }', "remains goes with what an erasure leaves, and only with it"),
    ("holdings.toml", 'source = "use"', 'source = "rumour"', "source is 'rumour'; it is one of person, use, us"),
    ("tables.toml", 'holdings = ["inquiries"]', 'holdings = ["letters"]', "letters is no kind of data"),
    ("tables.toml", 'holdings = ["inquiries"]', "holdings = []", "holdings is empty: a table holds some kind of data"),
    ("tables.toml", 'holdings = ["inquiries"]', 'holdings = ["mails"]', "no table holds inquiries"),
    ("tables.toml", '"received_at"', '"received_when"', "columns.toml has no words for received_when"),
    ("tables.toml", '"received_at"', '"message"', "message stands here twice"),
    ("columns.toml", '"password"', '"passphrase"', "columns.toml has no words for password"),
    ("columns.toml", 'table = "passkeys"', 'table = "keys"', "no table has a column keys.name"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return copytree(loader.FOLDER, tmp_path / "registry")


@pytest.mark.parametrize(("name", "old", "new", "reason"), SPOILT, ids=[row[3] for row in SPOILT])
def test_what_does_not_hold_together_is_refused_with_file_and_reason(folder, name, old, new, reason):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput) as refused:
        loader.read(folder)
    assert reason in str(refused.value)
    assert ".toml, line " in str(refused.value)


def test_words_that_no_table_needs_are_refused(folder):
    with (folder / "columns.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[column]]\nid = "mood"\nwhat = { fi = "mieliala", en = "mood" }\n')
    with pytest.raises(BadInput, match="no table has a column mood"):
        loader.read(folder)


def test_every_column_has_its_words_in_both_languages():
    registry = load()
    for table in registry.tables.values():
        for name in table.columns:
            words = registry.column(table.id, name)
            assert words is not None
            assert {words.what["fi"].strip(), words.what["en"].strip()}.isdisjoint({""}), (table.id, name)


def test_a_name_that_means_something_else_in_one_table_is_called_otherwise_there():
    registry = load()
    assert registry.column("people", "name") is not registry.column("inquiries", "name")


def test_every_kind_of_data_has_a_basis_through_its_main_purpose():
    registry = load()
    for holding in registry.holdings.values():
        assert registry.purposes[holding.purposes[0]].basis in LegalBasis


def test_kinds_of_data_are_found_by_whom_they_are_about():
    registry = load()
    visitors = {holding.id for holding in registry.holdings_of(Whose.VISITOR)}
    assert visitors == {"consent", "attempts"}
    assert not {holding.id for holding in registry.holdings_of(Whose.NOBODY) if holding.is_personal}


def test_what_is_erased_with_the_person_needs_no_excuse_and_what_is_kept_has_one():
    for holding in load().holdings.values():
        assert (holding.erased is Treatment.KEPT) is (holding.why is not None)


def test_a_column_stands_under_one_heading():
    table = load().tables["people"]
    assert "email" in set(table.of(Origin.GIVEN))
    assert "email" not in set(table.of(Origin.OBSERVED, Origin.OURS, Origin.INTERNAL, Origin.WITHHELD))
