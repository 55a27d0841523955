"""A bad registry stops the program with the file, the line and the reason."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest

from clevenio.errors import BadInput
from clevenio.registry import Clocks, loader

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
since = 2024-01-01
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
action = "deleted"
ground.fi = "x"
ground.en = "x"
"""
TAG = """
[[tag]]
id = "extra"
category = "analytics"
library = "plain"
address = "https://extra.example.com/{key}.js"
key = "[0-9]+"
scripts = ["https://extra.example.com"]
"""
ENTRIES = {
    "purposes.toml": PURPOSE,
    "vendors.toml": VENDOR,
    "cookies.toml": COOKIE,
    "periods.toml": PERIOD,
    "topics.toml": TOPIC,
    "tags.toml": TAG,
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
    ("topics.toml", '"surveys_again"\nbases = ["consent"]', '"mail_opens"\nbases = []', 3, "bases is empty"),
    ("topics.toml", '"surveys_again"\nbases = ["consent"]', '"mail_opens"\nbases = ["luck"]', 3, "bases is 'luck'; it is one of consent, customer, role"),
    ("vendors.toml", "policy", 'category = "necessary"\npolicy', 13, "necessary is no optional category"),
    ("vendors.toml", "policy", 'category = "nonsense"\npolicy', 13, "nonsense is no optional category"),
    ("vendors.toml", '"extra"\nname', '"meta"\nname', 2, "meta stands here twice"),
    ("vendors.toml", "transfers = []", 'transfers = "US"', 6, "transfers is not a list"),
    ("cookies.toml", '"analytics"', '"newsletter"', 4, "newsletter is no category"),
    ("cookies.toml", '"clevenio"', '"nobody"', 5, "nobody is no vendor"),
    ("cookies.toml", "days = 1", 'days = "1"', 6, "days is not a whole number"),
    ("cookies.toml", "days = 1", "days = true", 6, "days is not a whole number"),
    ("cookies.toml", '"analytics"', '"necessary"', 1, "a necessary entry says why: justification is missing"),
    ("vendors.toml", '"extra"\nname', '"Extra Oy"\nname', 2, "id is 'Extra Oy'; it is made of small letters, digits and _"),
    ("vendors.toml", '"processor"', '"procesor"', 8, "role is 'procesor'; it is one of processor, controller, joint_controller"),
    ("vendors.toml", '"none"', '"dfp"', 7, "safeguard is 'dfp'; it is one of dpf, scc, adequacy, none"),
    ("vendors.toml", '"FI"', '"Finland"', 5, "country has 'Finland'; a country is two capital letters"),
    ("vendors.toml", "transfers = []", 'transfers = ["us"]', 6, "transfers has 'us'; a country is two capital letters"),
    ("vendors.toml", "transfers = []", 'transfers = ["US"]', 7, "safeguard is none, and yet there are transfers"),
    ("vendors.toml", "https://", "ftp://", 13, "policy is an address that begins with https://"),
    ("vendors.toml", "since = 2024-01-01\n", "", 1, "since is missing"),
    ("vendors.toml", "2024-01-01", '"2024-01-01"', 14, "since is not a day such as 2026-01-31"),
    ("vendors.toml", "2024-01-01", "2024-01-01T10:00:00", 14, "since is not a day such as 2026-01-31"),
    ("vendors.toml", "2024-01-01", "2024-01-02\nuntil = 2024-01-01", 14, "since is after the end"),
    ("vendors.toml", '"processor"', '"joint_controller"', 8, "a joint controller has an arrangement: it is missing"),
    ("vendors.toml", '"none"', '"dpf"', 7, "safeguard_since goes with a safeguard, and only with one"),
    ("vendors.toml", '"none"', '"none"\nsafeguard_since = 2024-01-01', 7, "safeguard_since goes with a safeguard"),
    ("vendors.toml", '"none"', '"scc"\nsafeguard_since = 2024-01-01', 7, "scc_module goes with the safeguard scc"),
    ("vendors.toml", '"none"', '"scc"\nsafeguard_since = 2024-01-01\nscc_module = 5', 9, "scc_module is one of 1 to 4"),
    ("vendors.toml", "policy", 'arrangement = "Terms"\npolicy', 13, "arrangement and arrangement_address go together"),
    ("vendors.toml", "policy", 'receives = ["person"]\npolicy', 13, "who receives rows has a contact: it is missing"),
    ("vendors.toml", "policy", 'contact = "x@example.com"\nreceives = ["weather"]\npolicy', 14, "weather is no kind of personal data"),
    ("vendors.toml", "policy", 'contact_language = "sv"\npolicy', 13, "contact_language is fi or en"),
    ("cookies.toml", '"cookie"\n', '"cooky"\n', 3, "kind is 'cooky'; it is one of cookie, local_storage, session_storage"),
    ("cookies.toml", "days = 1", "days = -1", 6, "days is less than nothing"),
    ("periods.toml", "number = 1", "number = -1", 7, "number is less than nothing"),
    ("purposes.toml", "wording.fi", "per_vendor = true\nwording.fi", 8, "wording names no recipients: {platforms} is missing"),
    ("periods.toml", '"day"', '"fortnight"', 8, "unit is 'fortnight'; it is one of hour, day, month, year"),
    ("periods.toml", "number = 1", "number = 1.5", 7, "number is not a whole number"),
    ("periods.toml", '"deleted"', '"shredded"', 9, "action is 'shredded'; it is one of deleted, anonymised, kept"),
    ("periods.toml", '"deleted"', '"kept"', 9, "what is kept has no end, a number of 0, and nothing else has none"),
    ("periods.toml", 'ground.en = "x"\n', "", 10, "ground.en is missing"),
    ("cookies.toml", '"clevenio"', '"meta"', 5, "meta is asked about in no box of analytics"),
    ("cookies.toml", "days = 1", 'lasts_as_choice = "yes"', 6, "lasts_as_choice is not true or false"),
    ("cookies.toml", "days = 1", 'days = 1\npath = "shop"', 7, "path is where the cookie is sent to, from the first / on"),
    ("cookies.toml", "days = 1", 'days = 1\npath = "/a;b"', 7, "path is where the cookie is sent to, from the first / on"),
    ("cookies.toml", "days = 1", 'days = 1\ndomain = "example.com"\npath = "/a"', 8, "a path belongs to a cookie of this site"),
    ("cookies.toml", '"cookie"\n', '"local_storage"\npath = "/a"\n', 4, "a path belongs to a cookie of this site"),
    ("cookies.toml", 'name = "extra"\n', 'name = "extra_*"\npath = "/a"\n', 3, "a pattern has no path"),
    ("tags.toml", '"plain"', '"matomo"', 5, "address goes with the library plain, and only with it"),
    ("tags.toml", 'address = "https://extra.example.com/{key}.js"\n', "", 1, "address goes with the library plain, and only with it"),
    ("tags.toml", "com/{key}", "net/{key}", 5, "address is on none of the origins in scripts"),
    ("tags.toml", '"[0-9]+"', '"[0-9"', 6, "key is no pattern: "),
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


# What the program asks for by name: the file, what is replaced by what, and the reason given.
NEEDED = [
    ("purposes.toml", 'id = "mail_opens"', 'id = "opens"', "purposes.toml lacks mail_opens, which the program"),
    ("purposes.toml", 'id = "analytics"', 'id = "analytic"', "purposes.toml lacks analytics, which the program"),
    ("topics.toml", 'purpose = "trials"', 'purpose = "mail_opens"', "topics.toml lacks trials, which the program"),
    ("periods.toml", 'id = "inquiry"', 'id = "inquiries"', "periods.toml lacks inquiry, which the program"),
    ("purposes.toml", "per_vendor = true", "per_vendor = false", "ad_audiences is decided for each vendor"),
    ("purposes.toml", "advertisements: {platforms}.", "advertisements.", "wording names no recipients"),
    ("periods.toml", 'unit = "day"', 'unit = "month"', "unverified_signup is counted in days"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "reason"), NEEDED, ids=[row[3] for row in NEEDED])
def test_what_the_program_asks_for_by_name_has_to_be_there(folder, name, old, new, reason):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert reason in refusal(folder)


@pytest.mark.parametrize(
    ("purpose", "old", "new", "reason"),
    [
        ("newsletter", '"consent"', '"contract"', "newsletter takes consent"),
        ("marketing", '"consent"', '"legitimate_interest"', "marketing takes consent"),
        ("surveys", '"person"', '"browser"', "surveys is a purpose of a person"),
    ],
)
def test_what_takes_consent_cannot_be_declared_away(folder, purpose, old, new, reason):
    path = folder / "purposes.toml"
    before, mark, after = path.read_text("utf-8").partition(f'id = "{purpose}"')
    path.write_text(before + mark + after.replace(old, new, 1), "utf-8")
    assert reason in refusal(folder)


def test_every_code_has_words_on_the_pages():
    """A code that the loader takes and a page cannot say would break the page."""
    from clevenio.pages import declarations
    from clevenio.registry.entries import Storage
    from clevenio.registry.vendors import Safeguard, VendorRole

    cookie = next(iter(loader.load().cookies.values()))
    for kind in Storage:
        assert declarations.kind(replace(cookie, kind=kind))
    vendor = next(iter(loader.load().vendors.values()))
    for role in VendorRole:
        assert declarations.role(replace(vendor, role=role))
    for safeguard in Safeguard:
        assert declarations.safeguard(replace(vendor, safeguard=safeguard))


@pytest.fixture
def _as_before():
    before = loader._IN_FORCE[:]
    yield
    loader._IN_FORCE[:] = before


@pytest.mark.usefixtures("_as_before")
def test_an_installation_may_keep_data_for_as_long_as_it_says():
    shipped = loader.shipped().periods
    loader.put_in_force({}, (), Clocks(), {"inquiry": 12})
    now = loader.load().periods
    assert (now["inquiry"].number, now["inquiry"].unit) == (12, shipped["inquiry"].unit)
    assert {name: period for name, period in now.items() if name != "inquiry"} == {
        name: period for name, period in shipped.items() if name != "inquiry"
    }


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize(
    "own",
    [
        {"nothing": 1},
        {"suppression": 1},
        {"data_file": 24},
        {"inquiry": 0},
        {"account": 1},
        {"inquiry": 10**6},
        # What a calendar does not reckon with would stop the daily run.
        {"audit_trail": 101},
        {"inquiry": 1304},
        {"usage_log": 99_999},
    ],
)
def test_a_period_that_is_none_is_refused(own):
    with pytest.raises(BadInput, match=f"CLEVENIO_PERIODS.*{next(iter(own))}"):
        loader.put_in_force({}, (), Clocks(), own)


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize(("day", "is_on"), [(23, True), (24, False)])
def test_what_belongs_to_a_recipient_that_has_ended_is_off_from_the_next_start(monkeypatch, day, is_on):
    shipped = loader.shipped()
    entries = tuple(
        replace(each, until=date(2026, 11, 23)) if each.id == "youtube" else each
        for each in shipped.vendor_entries
    )
    monkeypatch.setattr(loader, "shipped", lambda: replace(shipped, vendor_entries=entries))
    monkeypatch.setattr(loader, "_CLOCK", [lambda: datetime(2026, 11, day, 9, tzinfo=UTC)])
    # Clocks of its own, because what was put in force is kept by them.
    loader.put_in_force({}, ["youtube", "openstreetmap"], Clocks(181, 181))
    assert ("youtube" in loader.load().embeds, "youtube" in loader.load().vendors) == (is_on, is_on)
    assert "openstreetmap" in loader.load().embeds


def test_what_has_no_end_is_counted_from_nothing(folder):
    append(folder, "periods.toml", PERIOD.replace("number = 1", "number = 0").replace("deleted", "kept"))
    assert "counted from a trigger" in refusal(folder)


def test_what_has_an_end_is_counted_from_something(folder):
    append(folder, "periods.toml", PERIOD.replace('trigger.fi = "x"\ntrigger.en = "x"\n', ""))
    assert "counted from a trigger" in refusal(folder)
