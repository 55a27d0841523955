"""A bad registry stops the program with the file, the line and the reason."""

from pathlib import Path
from shutil import copytree

import pytest

from clevenio.errors import BadInput
from clevenio.registry import loader

PURPOSE = """
[[purpose]]
id = "extra"
subject = "person"
basis = "consent"
name.fi = "Ekstra"
name.en = "Extra"
wording.fi = "Saa lähettää."
wording.en = "You may."
"""
TOPIC = """
[[topic]]
purpose = "surveys_again"
bases = ["consent"]
summary.fi = "x"
summary.en = "x"
"""
VENDOR = """
[[vendor]]
id = "extra"
name = "Extra"
company = "Extra Oy"
country = "FI"
transfers = []
safeguard = "none"
role = "processor"
data.fi = "x"
data.en = "x"
purpose.fi = "x"
purpose.en = "x"
policy = "https://extra.example.com"
"""
COOKIE = """
[[cookie]]
name = "extra"
kind = "cookie"
category = "analytics"
provider = "clevenio"
days = 1
readable_by_scripts = false
purpose.fi = "x"
purpose.en = "x"
"""
PERIOD = """
[[period]]
id = "extra"
what.fi = "x"
what.en = "x"
trigger.fi = "x"
trigger.en = "x"
number = 1
unit = "day"
"""
ENTRIES = {
    "purposes.toml": PURPOSE,
    "vendors.toml": VENDOR,
    "cookies.toml": COOKIE,
    "periods.toml": PERIOD,
    "topics.toml": TOPIC,
}


@pytest.fixture
def folder(tmp_path):
    return copytree(loader.FOLDER, tmp_path / "registry")


def refusal(folder):
    with pytest.raises(BadInput) as refused:
        loader.read(folder)
    return str(refused.value)


def append(folder, name, text):
    """Adds an entry; returns the line on which it begins."""
    path = folder / name
    before = path.read_text("utf-8")
    path.write_text(before + text, "utf-8")
    return before.count("\n") + 2


def test_the_shipped_registry_is_good():
    registry = loader.read(loader.FOLDER)
    assert [c.id for c in registry.categories] == ["preferences", "analytics", "marketing"]
    assert {"newsletter", "mail_opens", "ad_audiences:google", "analytics"} <= set(registry.decidable)
    assert {"necessary", "agreements", "ad_audiences"}.isdisjoint(registry.decidable)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name != "topics.toml"])
def test_the_entries_that_are_spoilt_below_are_good_as_they_stand(folder, name):
    append(folder, name, ENTRIES[name])
    loader.read(folder)


def test_it_is_read_once():
    assert loader.load() is loader.load()


# The file, what is replaced in its entry by what, on which line of the entry, and the reason given.
SPOILT = [
    ("purposes.toml", 'id = "extra"\n', "", 1, "id is missing"),
    ("purposes.toml", '"extra"', '""', 2, "id is empty"),
    ("purposes.toml", '"extra"', "7", 2, "id is not a text"),
    ("purposes.toml", '"extra"', '"newsletter"', 2, "newsletter stands here twice"),
    ("purposes.toml", '"person"', '"robot"', 3, "subject is 'robot'; it is one of browser, person"),
    ("purposes.toml", '"consent"', '"because"', 4, "basis is 'because'; it is one of consent, contract, "),
    ("purposes.toml", 'name.en = "Extra"\n', "", 5, "name.en is missing"),
    ("purposes.toml", 'name.fi = "Ekstra"', 'name.fi = "  "', 5, "name.fi is missing"),
    ("purposes.toml", 'name.fi = "Ekstra"', 'name.fi = 3', 5, "name.fi is missing"),
    ("purposes.toml", "name.fi", "name.sv = \"Extra\"\nname.fi", 5, "name has a language that the site does not speak"),
    ("purposes.toml", 'wording.fi = "Saa lähettää."\nwording.en = "You may."', "", 1, "wording is missing"),
    ("purposes.toml", "wording.fi", 'per_vendor = "yes"\nwording.fi', 7, "per_vendor is not true or false"),
    ("purposes.toml", "wording.fi", "data = [1]\nwording.fi", 7, "data is not a list of words"),
    ("purposes.toml", "wording.fi", 'data = "email"\nwording.fi', 7, "data is not a list"),
    ("purposes.toml", "wording.fi", 'colour = "red"\nwording.fi', 7, "colour is not known here"),
    ("topics.toml", "surveys_again", "nowhere", 2, "nowhere is no purpose of a person"),
    ("topics.toml", "surveys_again", "analytics", 2, "analytics is no purpose of a person"),
    ("topics.toml", '"surveys_again"\nbases = ["consent"]', '"mail_opens"\nbases = []', 3, "bases are consent, customer or role"),
    ("topics.toml", '"surveys_again"\nbases = ["consent"]', '"mail_opens"\nbases = ["luck"]', 3, "bases are consent, customer or role"),
    ("vendors.toml", "policy", 'category = "necessary"\npolicy', 13, "necessary is no optional category"),
    ("vendors.toml", "policy", 'category = "nonsense"\npolicy', 13, "nonsense is no optional category"),
    ("vendors.toml", '"extra"\nname', '"meta"\nname', 2, "meta stands here twice"),
    ("vendors.toml", "transfers = []", 'transfers = "US"', 6, "transfers is not a list"),
    ("cookies.toml", '"analytics"', '"newsletter"', 4, "newsletter is no category"),
    ("cookies.toml", '"clevenio"', '"nobody"', 5, "nobody is no vendor"),
    ("cookies.toml", "days = 1", 'days = "1"', 6, "days is not a whole number"),
    ("cookies.toml", "days = 1", "days = true", 6, "days is not a whole number"),
    ("cookies.toml", '"analytics"', '"necessary"', 1, "a necessary entry says why: justification is missing"),
    ("periods.toml", '"day"', '"fortnight"', 8, "unit is 'fortnight'; it is hour, day, month or year"),
    ("periods.toml", "number = 1", "number = 1.5", 7, "number is not a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "reason"), SPOILT, ids=[f"{row[0]}: {row[4]}" for row in SPOILT]
)
def test_a_bad_entry_is_refused_with_file_line_and_reason(folder, name, old, new, line, reason):
    assert old in ENTRIES[name]
    start = append(folder, name, ENTRIES[name].replace(old, new, 1))
    assert refusal(folder).startswith(f"{name}, line {start + line - 1}: {reason}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[[purpose]\n", "purposes.toml: "),
        (b"\xff\xfe", "purposes.toml: "),
        (b"[other]\nx = 1\n", "purposes.toml holds [[purpose]] tables and nothing else"),
        (b'purpose = [{id = "x"}]\n', "purposes.toml holds [[purpose]] tables and nothing else"),
    ],
)
def test_a_file_that_is_no_list_of_entries_is_refused(folder: Path, content, reason):
    (folder / "purposes.toml").write_bytes(content)
    assert refusal(folder).startswith(reason)


def test_a_broken_file_names_the_line(folder):
    (folder / "cookies.toml").write_text('[[cookie]]\nname = "x"\nkind =\n', "utf-8")
    assert "line 3" in refusal(folder)


def test_a_missing_file_is_refused(folder):
    (folder / "vendors.toml").unlink()
    assert refusal(folder) == "vendors.toml cannot be read: No such file or directory"
