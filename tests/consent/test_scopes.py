"""Which changes of the registry ask browsers again that have answered, and which do not."""

import pytest

from clevenio.consent.notices import SCOPE_DIGITS, asks_the_same, choices_notice
from clevenio.consent.scopes import REST_SECONDS, Earlier, covers, scope
from clevenio.registry import load
from tests.consent.conftest import COOKIE, VENDOR

COUNTER = VENDOR.format(id="counter", name="Counter", category="analytics")
TALLY = VENDOR.format(id="tally", name="Tally", category="analytics")
OWN = COOKIE.format(name="_own", category="analytics", provider="clevenio")
SECOND = COOKIE.format(name="_second", category="analytics", provider="clevenio")
ABROAD = ("vendors.toml", 'transfers = []\nsafeguard = "none"', 'transfers = ["US"]\nsafeguard = "dpf"')

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
    "another period": ({}, {"replace": ("periods.toml", "number = 24", "number = 12")}, False),
}


@pytest.mark.parametrize("change", GOLDEN)
def test_only_what_was_not_answered_is_asked_again(extend, change):
    before, today, is_asked_again = GOLDEN[change]
    answered = scope(extend(**before, anew=True))
    asked = scope(extend(**today, anew=True))
    assert covers(answered, asked) is not is_asked_again


def test_what_was_asked_covers_itself(rich):
    assert covers(scope(rich), scope(rich))


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
        assert earlier.answering(load()) == frozenset()
    moment[0] += REST_SECONDS
    for _ in range(3):
        assert earlier.answering(load()) == {"a" * SCOPE_DIGITS}
    assert len(reads) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_version_that_nobody_ever_saw_answers_nothing(client):
    assert not asks_the_same("0" * 32)
    client.set_cookie("choices", f"v={'0' * 32};c=analytics;x=")
    assert 'id="site-choices"' in client.get("/en/").text
