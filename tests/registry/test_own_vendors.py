"""The recipients of an installation's own file: read beside the shipped ones, and what is refused in it, by line and entry."""

from datetime import date

import pytest

from clevenio.errors import BadInput
from clevenio.registry import Clocks, load, loader, put_in_force, shipped
from clevenio.registry.own_vendors import read
from clevenio.registry.vendors import Service

ENTRY = """[[vendor]]
id = "relay"
name = "Example Relay"
company = "Example Relay Oy"
since = 2026-01-01
country = "FI"
transfers = []
safeguard = "none"
role = "processor"
service = "mail"
data.fi = "viestit ja niiden saajien osoitteet"
data.en = "messages and the addresses of those who get them"
purpose.fi = "välittää sähköpostimme"
purpose.en = "passes our mail on"
policy = "https://relay.example.com/privacy"
"""
HOST = ENTRY.replace('"relay"', '"host"').replace("Relay", "Host").replace('"mail"', '"hosting"')


@pytest.fixture
def written(tmp_path):
    """A function that writes the file and reads it."""

    def write(text):
        (tmp_path / "vendors.toml").write_text(text, encoding="utf-8")
        return read(tmp_path, shipped())

    return write


@pytest.fixture
def in_force():
    """A function that has `load` answer with these recipients for one test."""
    before = loader._IN_FORCE[:]
    yield lambda own: put_in_force({}, (), Clocks(), None, own)
    loader._IN_FORCE[:] = before


def test_without_a_file_there_are_none(tmp_path):
    own = read(tmp_path, shipped())
    assert (own.entries, own.ourselves) == ((), frozenset())


def test_a_file_of_words_to_oneself_names_nobody(written):
    assert written("# Nobody yet.\n").entries == ()


def test_they_stand_beside_the_shipped_ones_from_their_day_on(written, in_force):
    in_force(written(ENTRY))
    registry = load()
    assert [*registry.vendors][-1] == "relay"
    assert set(shipped().vendors) - {each.vendor for each in shipped().guests} <= set(registry.vendors)
    assert registry.vendor_on("relay", date(2025, 12, 31)) is None
    assert registry.is_told(Service.MAIL, date(2026, 1, 1))
    assert not registry.is_told(Service.HOSTING, date(2026, 1, 1))
    assert registry.decidable == shipped().in_force({}, (), Clocks()).decidable


def test_a_changed_fact_is_a_second_entry(written):
    later = ENTRY.replace("2026-01-01", "2026-07-01").replace("Relay Oy", "Relay Ab")
    own = written(later + ENTRY.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2026-06-30"))
    assert [each.company for each in own.entries] == ["Example Relay Oy", "Example Relay Ab"]


def test_what_the_company_does_itself_is_said_too(written, in_force):
    in_force(written('ourselves = ["hosting"]\n\n' + ENTRY))
    assert load().is_told(Service.HOSTING, date(2026, 1, 1))


def test_whoever_keeps_the_machine_has_every_kind_and_who_passes_mail_on_what_goes_by_mail(written, in_force):
    in_force(written(ENTRY + HOST))
    registry = load()
    assert registry.handled_by(registry.vendors["relay"]) == ("mails", "deliveries", "inquiry_answers")
    personal = {each.id for each in registry.holdings.values() if each.is_personal}
    assert set(registry.handled_by(registry.vendors["host"])) == personal


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('id = "relay"', 'id = "google"', "line 2: a recipient of this id comes with the program"),
        ("since = 2026-01-01", 'since = "soon"', "line 5: since is not a day such as 2026-01-31"),
        ('service = "mail"', 'service = "post"', "line 10: service is 'post'; it is one of mail, hosting"),
        ('service = "mail"\n', "", "line 1: service or receives is missing"),
        ('service = "mail"', "audience = true", "line 10: advertising platforms come with the program"),
        ('service = "mail"', 'category = "analytics"', "line 10: whom visitors are asked about comes with"),
        (
            'service = "mail"',
            'receives = ["everything"]\ncontact = "privacy@example.com"',
            "line 10: everything is no kind of personal data",
        ),
        ("transfers = []", 'transfers = ["US"]', "line 8: safeguard is none, and yet there are transfers"),
        ("https://relay", "http://relay", "line 15: policy is an address that begins with https://"),
    ],
)
def test_what_is_wrong_is_refused_with_file_line_reason_and_entry(written, tmp_path, old, new, reason):
    assert old in ENTRY
    changed = ENTRY.replace(old, new, 1)
    with pytest.raises(BadInput) as refused:
        written(changed)
    name = "google" if "google" in new else "relay"
    assert f"{tmp_path / 'vendors.toml'}, {reason}" in str(refused.value)
    assert str(refused.value).endswith(f"(entry {name})")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ENTRY + ENTRY, "relay 2026-01-01 stands here twice"),
        (ENTRY + ENTRY.replace("2026-01-01", "2026-02-01"), "relay stands here twice from 2026-02-01 on"),
        ("[[", "vendors.toml: "),
        ("others = []\n" + ENTRY, "holds [[vendor]] tables and nothing else"),
        ('ourselves = "mail"\n', "ourselves is a list out of mail, hosting"),
        ('ourselves = ["post"]\n', "ourselves has 'post'; it is a list out of mail, hosting"),
        ('ourselves = ["mail"]\n' + ENTRY, "ourselves has mail, and relay does that"),
    ],
)
def test_what_is_wrong_with_the_whole_is_refused_as_well(written, text, reason):
    with pytest.raises(BadInput) as refused:
        written(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whom_to_write_to_there_is_not_for_everybody(client, written, in_force):
    in_force(written(ENTRY + 'contact = "aino@example.com"\n'))
    answer = client.get("/.well-known/choices.json")
    assert "relay" in [vendor["id"] for vendor in answer.json["vendors"]]
    assert "aino@example.com" not in answer.text
