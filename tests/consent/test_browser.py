"""What a browser decides becomes an act in the ledger, once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clevenio.consent import browser, ledger
from clevenio.consent.browser import NoticeChangedError
from clevenio.consent.ledger import Channel, State
from clevenio.consent.notices import choices_notice
from clevenio.registry import load
from tests.consent.acts import act
from tests.consent.conftest import VENDOR
from tests.support.factories import NOW

ALL = frozenset({"preferences", "analytics", "marketing"})
NONE: frozenset[str] = frozenset()
MONTHS = timedelta(days=183)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def decide(session, granted, receipt=None, *, now=NOW, shown=None, language="en"):
    notice = choices_notice(language)
    return browser.decide(
        session, receipt, frozenset(granted), notice=notice, shown=shown, channel=Channel.BANNER, now=now
    )


def states(session, answer):
    return ledger.decisions_of(session, answer.receipt)


def test_accepting_grants_every_category(session):
    answer = decide(session, ALL)
    assert states(session, answer) == dict.fromkeys(ALL, State.GRANTED)
    assert answer.granted == ALL
    assert answer.choices.categories == ALL


def test_refusing_is_recorded_as_well(session):
    answer = decide(session, NONE)
    assert states(session, answer) == dict.fromkeys(ALL, State.REFUSED)
    assert answer.choices.categories == NONE


def test_taking_back_a_grant_is_a_withdrawal_and_the_rest_stay_refused(session):
    first = decide(session, {"analytics"})
    after = decide(session, NONE, first.receipt)
    assert after.receipt == first.receipt
    assert states(session, after) == {
        "analytics": State.WITHDRAWN,
        "preferences": State.REFUSED,
        "marketing": State.REFUSED,
    }


@pytest.mark.parametrize("granted", [ALL, {"analytics"}, NONE])
def test_saying_the_same_again_writes_nothing(session, granted):
    first = decide(session, granted)
    again = decide(session, granted, first.receipt, now=NOW + timedelta(hours=1), language="fi")
    assert len(ledger.history(session, first.receipt)) == 3
    assert (again.choices, again.until) == (first.choices, first.until)


def test_saying_the_same_after_its_end_is_a_new_decision(session):
    first = decide(session, ALL)
    again = decide(session, ALL, first.receipt, now=NOW + MONTHS)
    assert len(ledger.history(session, first.receipt)) == 6
    assert again.until == NOW + 2 * MONTHS


def test_a_receipt_the_ledger_does_not_know_gets_a_new_one(session):
    stranger = uuid4()
    answer = decide(session, ALL, stranger)
    assert answer.receipt != stranger
    assert ledger.history(session, stranger) == []


def test_a_persons_identifier_is_no_receipt(session):
    person = uuid4()
    act(session, person, newsletter=State.GRANTED)
    assert browser.answer(session, person) is None
    assert decide(session, ALL, person).receipt != person
    assert ledger.decisions_of(session, person) == {"newsletter": State.GRANTED}


def test_a_grant_to_words_that_are_not_shown_is_not_taken(session):
    with pytest.raises(NoticeChangedError):
        decide(session, {"analytics"}, shown="0" * 32)
    assert ledger.position(session) == 0


def test_a_refusal_is_taken_whatever_was_shown(session):
    answer = decide(session, NONE, shown="0" * 32)
    assert states(session, answer) == dict.fromkeys(ALL, State.REFUSED)
    assert answer.last.evidence == {"shown": "0" * 32}


def test_a_withdrawal_by_old_words_leaves_the_rest_as_it_was(session):
    first = decide(session, {"analytics", "marketing"})
    after = decide(session, {"analytics"}, first.receipt, shown="0" * 32, now=NOW + timedelta(days=1))
    assert states(session, after)["marketing"] is State.WITHDRAWN
    assert after.decisions["analytics"].at == NOW
    assert after.until == NOW + MONTHS


def test_a_changed_question_is_answered_anew_by_the_same_subject(session, request):
    first = decide(session, ALL)
    request.getfixturevalue("rich")
    assert not browser.answer(session, first.receipt).is_current(NOW)
    again = decide(session, ALL, first.receipt)
    assert again.receipt == first.receipt
    assert len(ledger.history(session, first.receipt)) == 3 + 6


def test_what_is_asked_no_more_does_not_shorten_an_answer(session, extend):
    asked = extend(vendors=VENDOR.format(id="banner", name="Banner", category="marketing"))
    first = decide(session, browser.expand(asked, ALL, ()))
    extend(replace=("vendors.toml", 'category = "marketing"', 'category = "analytics"'))
    again = decide(session, browser.expand(load(), ALL, ()), first.receipt, now=NOW + timedelta(days=90))
    assert again.until == NOW + timedelta(days=90) + MONTHS
    assert "marketing:banner" not in again.decisions


@pytest.mark.parametrize(
    ("categories", "vendors", "expected"),
    [
        ({"analytics"}, [], {"analytics", "analytics:counter", "analytics:tally"}),
        ({"analytics"}, ["tally"], {"analytics", "analytics:tally"}),
        ({"analytics"}, ["banner"], {"analytics", "analytics:counter", "analytics:tally"}),
        ({"preferences"}, ["banner"], {"preferences"}),
        (set(), ["banner", "tally"], set()),
    ],
)
def test_a_category_brings_its_vendors_and_a_vendor_brings_nothing(rich, categories, vendors, expected):
    assert browser.expand(rich, categories, vendors) == expected


def test_refused_vendors_are_recorded_and_named_in_the_cookie(session, rich):
    answer = decide(session, browser.expand(rich, {"analytics"}, ["tally"]))
    assert states(session, answer)["analytics:counter"] is State.REFUSED
    assert answer.choices.categories == {"analytics"}
    assert answer.choices.refused == {"counter", "banner"}
    assert answer.choices.allows("analytics", "tally")
