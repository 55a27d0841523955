"""Asked again about no more than what has changed: what stood stands, and what was not asked is not decided."""

from uuid import UUID

import pytest

from clevenio.consent import archive, ledger, rates
from clevenio.consent.ledger import State
from clevenio.consent.notices import SCOPE_DIGITS
from clevenio.consent.rates import Rates
from clevenio.i18n import local_day
from tests.consent.conftest import COOKIE, VENDOR
from tests.consent.test_views import decisions, ticked, value

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

COUNTER = VENDOR.format(id="counter", name="Counter", category="analytics")
TALLY = VENDOR.format(id="tally", name="Tally", category="analytics")
BANNER = VENDOR.format(id="banner", name="Banner", category="marketing")
OWN = COOKIE.format(name="_own", category="analytics", provider="clevenio")
LONGER = OWN.replace("days = 30", "days = 90")
ITS_OWN = COOKIE.format(name="_tally", category="analytics", provider="tally")


@pytest.fixture
def answered(extend, client):
    """`answered(categories, vendors=..., cookies=...)`: an answer to one registry; another comes in force after."""

    def answer(*categories, today, vendors=COUNTER, cookies=OWN):
        extend(vendors=vendors, cookies=cookies)
        client.post("/en/choices", data={"decision": "save", "category": list(categories)})
        extend(**today, anew=True)
        return value(client, "choices")[2:][:SCOPE_DIGITS]

    return answer


def ask(client, asked, **fields):
    return client.post("/en/choices", data={"asked": asked, "next": "/en/", **fields})


def has_bar(client):
    return 'id="site-choices"' in client.get("/en/").text


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"decision": "accept"}, State.GRANTED),
        ({"decision": "reject"}, State.REFUSED),
        ({"decision": "save", "vendor": "tally"}, State.GRANTED),
        ({"decision": "save"}, State.REFUSED),
    ],
)
def test_the_answer_is_about_what_was_asked_alone(client, clock, other_session, answered, fields, state):
    answered("analytics", "preferences", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    before = client.get("/en/choices/receipt.json").json
    assert has_bar(client)
    clock.advance(days=20)
    assert ask(client, ["analytics:tally"], **fields).status_code == 303
    assert not has_bar(client)
    with other_session() as session:
        assert decisions(session, client) == {
            "analytics": State.GRANTED,
            "analytics:counter": State.GRANTED,
            "analytics:tally": state,
            "marketing": State.REFUSED,
            "preferences": State.GRANTED,
        }
    after = client.get("/en/choices/receipt.json").json
    added = after["history"][len(before["history"]) :]
    assert [row["purpose"] for row in added] == ["analytics:tally"]
    assert (after["until"], after["receipt"]) == (before["until"], before["receipt"])
    assert value(client, "choices").endswith(f";x={'' if state is State.GRANTED else 'tally'}")


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_it_counts_as_a_choice_of_some_whatever_the_answer(client, clock, other_session, answered, decision):
    """Marketing stays refused and the rest allowed: neither is everything allowed by it, nor nothing."""
    answered("analytics", "preferences", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    clock.advance(days=1)
    ask(client, ["analytics:tally"], decision=decision)
    day = local_day(clock.now)
    with other_session() as session:
        versions = [version.id for version in archive.versions(session)]
        counted = rates.rates(session, day, day, versions)
    assert rates.total(counted.values()) == Rates(chosen=1)


def test_the_evidence_says_what_was_asked_and_since_which_version(client, other_session, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    since = value(client, "choices")[2:34]
    ask(client, ["analytics:tally"], decision="accept")
    with other_session() as session:
        row = ledger.history(session, UUID(value(client, "receipt")))[-1]
        assert row.evidence == {"asked": ["analytics:tally"], "since": since}
        assert row.notice != since


def test_refusing_a_longer_life_takes_back_the_category_and_its_vendors(client, other_session, answered):
    answered("analytics", "preferences", today={"vendors": COUNTER, "cookies": LONGER})
    ask(client, ["analytics"], decision="reject")
    with other_session() as session:
        found = decisions(session, client)
    assert (found["analytics"], found["analytics:counter"]) == (State.WITHDRAWN, State.WITHDRAWN)
    assert found["preferences"] is State.GRANTED
    assert not has_bar(client)


def test_a_category_that_is_asked_again_speaks_for_its_new_vendors(client, other_session, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": LONGER})
    ask(client, ["analytics", "analytics:tally"], decision="save", category="analytics")
    with other_session() as session:
        found = decisions(session, client)
    assert {found[p] for p in ("analytics", "analytics:counter", "analytics:tally")} == {State.GRANTED}


def test_what_was_not_asked_cannot_be_granted_on_the_way(client, other_session, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    fields = {"category": ["analytics", "marketing"], "vendor": ["tally"]}
    assert ask(client, ["analytics:tally"], decision="save", **fields).status_code == 303
    with other_session() as session:
        assert decisions(session, client)["marketing"] is State.REFUSED


def test_a_part_of_an_earlier_question_grants_nothing(client, other_session, extend, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    shown = client.get("/.well-known/choices.json").json["notices"]["en"]
    elsewhere = TALLY.replace(
        'transfers = []\nsafeguard = "none"',
        'transfers = ["US"]\nsafeguard = "dpf"\nsafeguard_since = 2023-07-10',
    )
    extend(vendors=COUNTER + elsewhere, cookies=OWN, anew=True)
    response = ask(client, ["analytics:tally"], decision="accept", notice=shown)
    assert (response.status_code, "The text has changed" in response.text) == (422, True)
    with other_session() as session:
        assert "analytics:tally" not in decisions(session, client)


@pytest.mark.parametrize("decision", ["accept", "save"])
def test_less_than_what_changed_is_no_answer(client, other_session, answered, decision):
    answered("analytics", "marketing", today={"vendors": COUNTER + TALLY + BANNER, "cookies": OWN})
    with other_session() as session:
        before = ledger.position(session)
    response = ask(client, ["analytics:tally"], decision=decision, vendor="tally")
    assert response.status_code == 422
    assert "The text has changed" in response.text
    assert "Set-Cookie" not in response.headers
    with other_session() as session:
        assert ledger.position(session) == before


def test_a_refusal_is_taken_whatever_was_asked(client, other_session, answered):
    answered("analytics", "marketing", today={"vendors": COUNTER + TALLY + BANNER, "cookies": OWN})
    assert ask(client, ["analytics:tally", "gone"], decision="reject").status_code == 303
    assert not has_bar(client)
    with other_session() as session:
        assert State.GRANTED not in decisions(session, client).values()
        row = ledger.history(session, UUID(value(client, "receipt")))[-1]
    assert row.evidence == {}


def test_whoever_lost_the_receipt_is_asked_the_whole(client, other_session, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    client.delete_cookie("receipt")
    assert ask(client, ["analytics:tally"], decision="accept").status_code == 422


def test_what_ended_meanwhile_is_asked_as_a_whole(client, clock, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    clock.advance(days=183)
    assert ask(client, ["analytics:tally"], decision="accept").status_code == 422


@pytest.mark.parametrize("asked", ["newsletter", "analytics:nobody", "necessary", "", "x" * 5000])
def test_a_question_that_nobody_asks_stores_nothing(client, other_session, answered, asked):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    with other_session() as session:
        before = ledger.position(session)
    assert ask(client, [asked], decision="accept").status_code == 422
    with other_session() as session:
        assert ledger.position(session) == before


@pytest.mark.parametrize(
    ("categories", "asked_again"),
    [((), False), (("marketing", "preferences"), False), (("analytics",), True)],
)
def test_who_refused_a_category_is_not_asked_when_it_grows(client, answered, categories, asked_again):
    answered(*categories, today={"vendors": COUNTER + TALLY, "cookies": LONGER})
    assert has_bar(client) is asked_again
    assert ticked(client.get("/en/choices").text) == (set() if asked_again else set(categories))


def test_without_scripts_the_whole_question_answers_all_of_it(client, other_session, answered):
    answered("analytics", today={"vendors": COUNTER + TALLY, "cookies": OWN})
    client.post("/en/choices", data={"decision": "accept"})
    with other_session() as session:
        assert set(decisions(session, client).values()) == {State.GRANTED}


@pytest.mark.parametrize(
    ("today", "fi", "en"),
    [
        (
            {"vendors": COUNTER + TALLY, "cookies": OWN},
            ["Kävijämittaus: uusi saaja Tally (Tally Oy, Suomi)."],
            ["Analytics: a new recipient, Tally (Tally Oy, Finland)."],
        ),
        (
            {
                "vendors": COUNTER
                + TALLY.replace(
                    'transfers = []\nsafeguard = "none"',
                    'transfers = ["US"]\nsafeguard = "dpf"\nsafeguard_since = 2023-07-10',
                ),
                "cookies": OWN + ITS_OWN,
            },
            [
                "Kävijämittaus: uusi saaja Tally (Tally Oy, Suomi).",
                "Tally: tietoja käsitellään myös muualla: Yhdysvallat.",
                "Uutta selaimessasi: _tally (30 päivää).",
            ],
            [
                "Analytics: a new recipient, Tally (Tally Oy, Finland).",
                "Tally: data is processed elsewhere, too: United States.",
                "New in your browser: _tally (30 days).",
            ],
        ),
        (
            {"vendors": COUNTER, "cookies": LONGER},
            ["Säilyy pidempään: _own (90 päivää, aiemmin 30 päivää)."],
            ["Kept for longer: _own (90 days instead of 30 days)."],
        ),
    ],
)
def test_the_document_for_machines_says_what_changed_in_both_languages(client, answered, today, fi, en):
    digits = answered("analytics", today=today)
    document = client.get("/.well-known/choices.json").json
    (change,) = document["changes"][digits]
    assert [said.replace("\xa0", " ") for said in change["says"]["fi"]] == fi
    assert [said.replace("\xa0", " ") for said in change["says"]["en"]] == en
    assert set(document["narrowed"]) == {"fi", "en"}
