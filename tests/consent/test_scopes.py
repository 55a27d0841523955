"""Which changes of the registry ask browsers again that have answered, and which do not."""

import pytest

from clevenio.consent.notices import SCOPE_DIGITS, changes_since, choices_notice
from clevenio.consent.scopes import REST_SECONDS, Change, Earlier, changes, scope
from clevenio.registry import load
from tests.consent.conftest import COOKIE, VENDOR

COUNTER = VENDOR.format(id="counter", name="Counter", category="analytics")
TALLY = VENDOR.format(id="tally", name="Tally", category="analytics")
OWN = COOKIE.format(name="_own", category="analytics", provider="clevenio")
SECOND = COOKIE.format(name="_second", category="analytics", provider="clevenio")
ABROAD = (
    "vendors.toml",
    'transfers = []\nsafeguard = "none"',
    'transfers = ["US"]\nsafeguard = "dpf"\nsafeguard_since = 2023-07-10',
)

ITS_OWN = COOKIE.format(name="_counter", category="analytics", provider="counter")
SOCIAL = """
[[purpose]]
id = "social"
subject = "browser"
basis = "consent"
name.fi = "Some"
name.en = "Social"
wording.fi = "Näyttävät somen."
wording.en = "They show social media."
"""
TAGGED = COUNTER.replace('category = "analytics"\n', "")
TAG = """
[[tag]]
id = "counter"
vendor = "counter"
category = "analytics"
library = "matomo"
key = "[0-9]+"
scripts = ["https://counter.example.com"]
"""

# What is changed, from what was asked to what is asked today; and whether people are asked again.
GOLDEN = {
    "a corrected word": ({}, {"replace": ("purposes.toml", "which pages are read", "what is read")}, False),
    "a vendor's new name": ({"vendors": COUNTER}, {"vendors": COUNTER.replace("Counter", "Counters")}, False),
    "a vendor's new role": (
        {"vendors": COUNTER},
        {"vendors": COUNTER.replace('"processor"', '"controller"')},
        False,
    ),
    "a new vendor": ({}, {"vendors": COUNTER}, True),
    "one vendor more": ({"vendors": COUNTER}, {"vendors": COUNTER + TALLY}, True),
    "one vendor less": ({"vendors": COUNTER + TALLY}, {"vendors": COUNTER}, False),
    "another vendor instead": ({"vendors": COUNTER}, {"vendors": TALLY}, True),
    "a vendor in another category": (
        {"vendors": COUNTER},
        {"vendors": COUNTER.replace('"analytics"', '"marketing"')},
        True,
    ),
    "a vendor in another country": ({"vendors": COUNTER}, {"vendors": COUNTER.replace('"FI"', '"SE"')}, True),
    "a new transfer": ({"vendors": COUNTER}, {"vendors": COUNTER.replace(*ABROAD[1:])}, True),
    "a transfer less": ({"vendors": COUNTER.replace(*ABROAD[1:])}, {"vendors": COUNTER}, False),
    "a new entry that is stored": ({}, {"cookies": OWN}, True),
    "an entry less": ({"cookies": OWN + SECOND}, {"cookies": OWN}, False),
    "a longer life": ({"cookies": OWN}, {"cookies": OWN.replace("days = 30", "days = 31")}, True),
    "a shorter life": ({"cookies": OWN}, {"cookies": OWN.replace("days = 30", "days = 29")}, False),
    "another audience platform": (
        {},
        {"replace": ("vendors.toml", 'id = "linkedin"\n', 'id = "linkedin_two"\n')},
        False,
    ),
    "a longer life of a vendor’s cookie": (
        {"vendors": COUNTER, "cookies": ITS_OWN},
        {"vendors": COUNTER, "cookies": ITS_OWN.replace("days = 30", "days = 31")},
        True,
    ),
    "a cookie that moves from us to a vendor that was asked about": (
        {"vendors": COUNTER, "cookies": OWN},
        {"vendors": COUNTER, "cookies": OWN.replace('"clevenio"', '"counter"')},
        False,
    ),
    "a cookie in another category": (
        {"cookies": OWN},
        {"cookies": OWN.replace('"analytics"', '"marketing"')},
        True,
    ),
    "an entry under another name": ({"cookies": OWN}, {"cookies": SECOND}, True),
    "another sentence about a cookie": (
        {"cookies": OWN},
        {"cookies": OWN.replace("Counts readers", "Counts visits")},
        False,
    ),
    "a vendor’s new policy address": (
        {"vendors": COUNTER},
        {"vendors": COUNTER.replace("example.com/privacy", "example.com/policy")},
        False,
    ),
    "a vendor under another company’s name": (
        {"vendors": COUNTER},
        {"vendors": COUNTER.replace("Counter Oy", "Counter Oyj")},
        False,
    ),
    "a new category": ({}, {"purposes": SOCIAL}, True),
    "a category less": ({"purposes": SOCIAL}, {}, False),
    "a tag that is on": ({}, {"vendors": TAGGED, "tags": TAG, "keys": {"counter": "1"}}, True),
    "a tag that is off": ({}, {"vendors": TAGGED, "tags": TAG}, False),
    "another necessary cookie": (
        {},
        {
            "cookies": OWN.replace('"analytics"', '"necessary"')
            + 'justification.fi = "x"\njustification.en = "x"\n'
        },
        False,
    ),
    "another period": ({}, {"replace": ("periods.toml", "number = 24", "number = 12")}, False),
}


@pytest.mark.parametrize("change", GOLDEN)
def test_only_what_was_not_answered_is_asked_again(extend, change):
    before, today, is_asked_again = GOLDEN[change]
    answered = scope(extend(**before, anew=True))
    assert bool(changes(answered, extend(**today, anew=True))) is is_asked_again


def test_what_was_asked_covers_itself(rich):
    assert changes(scope(rich), rich) == ()


def test_each_change_is_found_at_its_own_purpose(extend):
    before = scope(extend(vendors=COUNTER, cookies=OWN + ITS_OWN))
    abroad, longer = COUNTER.replace(*ABROAD[1:]), ITS_OWN.replace("days = 30", "days = 90")
    today = extend(vendors=abroad + TALLY, cookies=OWN + SECOND + longer, purposes=SOCIAL, anew=True)
    assert changes(before, today) == (
        Change("analytics", False, False, stored=(("_second", 30, None),)),
        Change("analytics:counter", False, False, ("US",), (("_counter", 90, 30),)),
        Change("analytics:tally", True, False, ("FI",)),
        Change("social", True, True),
    )


@pytest.mark.parametrize(
    ("purpose", "in_new_category", "categories", "refused", "is_open"),
    [
        ("analytics", False, {"analytics"}, set(), True),
        ("analytics", False, {"marketing"}, set(), False),
        ("analytics:counter", False, {"analytics"}, {"tally"}, True),
        ("analytics:counter", False, {"analytics"}, {"counter"}, False),
        ("analytics:counter", False, set(), set(), False),
        ("social", True, set(), set(), True),
        ("social:counter", True, set(), set(), True),
    ],
)
def test_a_refusal_stands_for_what_grows_within_it(purpose, in_new_category, categories, refused, is_open):
    change = Change(purpose, True, in_new_category)
    assert change.is_open(frozenset(categories), frozenset(refused)) is is_open


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("vendors", "has_bar"), [(COUNTER, False), (COUNTER + TALLY, True)])
def test_an_answer_to_an_earlier_version_holds_where_it_covers_today(extend, client, vendors, has_bar):
    """The same answer, after a restart with another registry: `extend` forgets what was read before."""
    extend(vendors=COUNTER, cookies=OWN + SECOND)
    client.post("/en/choices", data={"decision": "accept"})
    answered = client.get_cookie("choices").decoded_value
    extend(vendors=vendors, cookies=OWN, anew=True)
    assert choices_notice("en").id[:SCOPE_DIGITS] not in answered
    assert ('id="site-choices"' in client.get("/en/").text) is has_bar
    assert (
        "checked" in client.get("/en/choices").text.partition('value="analytics"')[2][:200]
    ) is not has_bar


def test_the_archive_is_read_once_and_rests_while_it_is_out_of_reach(monkeypatch):
    moment, reads = [1000.0], []
    answers = [None, [("a" * SCOPE_DIGITS, scope(load()))]]

    def archive():
        reads.append(moment[0])
        return answers[len(reads) - 1]

    monkeypatch.setattr("clevenio.consent.scopes.time.monotonic", lambda: moment[0])
    earlier = Earlier()
    earlier.read_from(archive)
    for _ in range(3):
        assert earlier.changes(load()) == {}
    moment[0] += REST_SECONDS
    for _ in range(3):
        assert earlier.changes(load()) == {"a" * SCOPE_DIGITS: ()}
    assert len(reads) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_version_that_nobody_ever_saw_answers_nothing(client):
    assert changes_since("0" * 32) is None
    client.set_cookie("choices", f"v={'0' * 32};c=analytics;x=")
    assert 'id="site-choices"' in client.get("/en/").text
