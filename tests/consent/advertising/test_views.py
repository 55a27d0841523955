"""From the page on which marketing was allowed to a count: only by consent, once, and gone with it."""

import pytest
from sqlalchemy import select

from clevenio.consent.advertising.models import AdvertisingCount
from tests.support.application import new_client

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

LANDING = "http://localhost/en/?utm_source=google&utm_campaign=autumn&gclid=EAIaIQobChMI-secret"
MESSAGE = {"name": "Aino", "email": "aino@example.fi", "message": "A made-up question."}
SIGNUP = {
    "email": "aino@example.fi",
    "first_name": "Aino",
    "last_name": "Example",
    "company": "Example Oy",
    "website": "example.fi",
    "role": "marketing",
    "password": "a made-up pass phrase of a visitor",
    "terms": "yes",
}


def allow(client, referrer=LANDING, decision="accept", **data):
    headers = {"Referer": referrer} if referrer else {}
    return client.post("/en/choices", data={"decision": decision, **data}, headers=headers)


def kept(client):
    cookie = client.get_cookie("campaign")
    return cookie.value if cookie else None


def counted(other_session):
    row = AdvertisingCount
    with other_session() as session:
        found = session.execute(select(row.kind, row.source, row.campaign, row.number).order_by(row.kind))
        return [tuple(one) for one in found]


def test_the_campaign_of_the_page_is_kept_with_consent_and_the_click_is_not(client, clock):
    header = next(h for h in allow(client).headers.getlist("Set-Cookie") if h.startswith("campaign="))
    day = clock.now.date().isoformat()
    assert kept(client) == f"d={day}&s=google&c=autumn&k="
    assert "secret" not in header
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    age = int(
        next(part for part in header.split("; ") if part.startswith("Max-Age=")).removeprefix("Max-Age=")
    )
    assert 89 * 86400 < age <= 90 * 86400


@pytest.mark.parametrize(
    ("decision", "data"),
    [
        ("reject", {}),
        ("save", {}),
        ("save", {"category": ["analytics", "preferences"]}),
    ],
)
def test_without_consent_to_marketing_nothing_is_kept(client, decision, data):
    response = allow(client, decision=decision, **data)
    assert kept(client) is None
    assert "autumn" not in str(response.headers)


@pytest.mark.parametrize(
    "referrer",
    [
        None,
        "http://localhost/en/",
        "http://localhost.example.com/en/?utm_campaign=autumn",
        "https://example.com/?utm_campaign=autumn",
        "http://localhost@example.com/?utm_campaign=autumn",
        "http://[::1/?utm_campaign=autumn",
        "http://localhost/en/?utm_campaign=" + "a" * 10_000,
        "http://localhost/en/?utm_campaign=%0d%0aSet-Cookie:%20evil=1",
        "http://localhost/en/?utm_campaign=%3Cscript%3E",
        "http://localhost/en/?utm_campaign=a&utm_campaign=b",
        "http://localhost/en/?unknown=autumn",
    ],
)
def test_a_page_of_others_or_an_odd_address_names_no_campaign(client, referrer):
    response = allow(client, referrer)
    assert response.status_code == 303
    assert kept(client) is None
    assert "evil" not in str(response.headers)


def test_the_front_door_leads_on_with_the_campaign_and_with_nothing_else(client):
    query = (
        "utm_campaign=autumn&gclid=EAIaIQobChMI&language=fi&next=https://example.com/&email=aino@example.fi"
    )
    response = client.get(f"/?{query}", headers={"Accept-Language": "en"})
    assert response.location == "/en/?utm_campaign=autumn&gclid=EAIaIQobChMI"
    assert "Set-Cookie" not in response.headers
    allow(client, "http://localhost" + response.location)
    assert "c=autumn" in kept(client)


@pytest.mark.parametrize("value", ["a" * 2_000, "a%0d%0aSet-Cookie:%20evil=1", "", "%00"])
def test_an_odd_campaign_stays_at_the_front_door(client, value):
    response = client.get(f"/?utm_campaign={value}", headers={"Accept-Language": "fi"})
    assert (response.status_code, response.location) == (302, "/fi/")
    assert "evil" not in str(response.headers)


def test_markup_in_a_campaign_leads_on_as_text(client):
    location = client.get("/?utm_source=%22%3E%3Cscript%3E").location
    assert location == "/en/?utm_source=%22%3E%3Cscript%3E"


def test_an_address_that_was_only_visited_is_not_read_later(client):
    client.get("/en/?utm_campaign=autumn")
    allow(client, "http://localhost/en/product")
    assert kept(client) is None
    # Nor is it where marketing was allowed before, and something else is chosen there.
    allow(client, LANDING, "save", category=["marketing", "analytics", "preferences"])
    assert kept(client) is None


def test_a_browser_counts_once_in_each_kind(client, app, other_session):
    allow(client)
    client.post("/en/contact", data=MESSAGE)
    client.post("/en/contact", data={**MESSAGE, "message": "Another made-up question."})
    assert counted(other_session) == [("inquiry", "google", "autumn", 1)]
    assert client.post("/en/signup", data=SIGNUP).status_code == 303
    assert counted(other_session) == [("inquiry", "google", "autumn", 1), ("signup", "google", "autumn", 1)]
    other = new_client(app)
    allow(other)
    other.post("/en/contact", data={**MESSAGE, "email": "eino@example.fi"})
    assert counted(other_session)[0] == ("inquiry", "google", "autumn", 2)


def test_a_refused_form_counts_nothing(client, other_session):
    allow(client)
    assert client.post("/en/contact", data={**MESSAGE, "email": "nobody"}).status_code == 422
    assert counted(other_session) == []
    assert kept(client).endswith("k=")


def test_being_counted_does_not_make_it_last_longer(client, clock):
    allow(client)
    clock.advance(days=80)
    response = client.post("/en/contact", data=MESSAGE)
    header = next(h for h in response.headers.getlist("Set-Cookie") if h.startswith("campaign="))
    age = int(
        next(part for part in header.split("; ") if part.startswith("Max-Age=")).removeprefix("Max-Age=")
    )
    assert age <= 10 * 86400


def test_after_ninety_days_nothing_is_counted(client, clock, other_session):
    allow(client)
    value = kept(client)
    clock.advance(days=91)
    client.set_cookie("campaign", value)
    client.post("/en/contact", data=MESSAGE)
    assert counted(other_session) == []


def test_a_withdrawal_erases_it_in_the_very_next_answer(client, other_session):
    allow(client)
    value = kept(client)
    response = client.post("/en/choices", data={"decision": "reject"})
    assert any(
        h.startswith("campaign=;") and "Max-Age=0" in h for h in response.headers.getlist("Set-Cookie")
    )
    assert kept(client) is None
    # A browser that kept it all the same, or made it up, is not counted.
    client.set_cookie("campaign", value)
    assert client.post("/en/contact", data=MESSAGE).status_code == 303
    assert counted(other_session) == []


def test_global_privacy_control_keeps_nothing_and_an_explicit_choice_wins(client, other_session):
    gpc = {"Sec-GPC": "1", "Referer": LANDING}
    assert "Set-Cookie" not in client.get("/en/?utm_campaign=autumn", headers=gpc).headers
    client.post("/en/contact", data=MESSAGE, headers={"Sec-GPC": "1"})
    assert counted(other_session) == []
    client.post("/en/choices", data={"decision": "accept"}, headers=gpc)
    assert "c=autumn" in kept(client)


def test_neither_log_nor_ledger_hears_of_it(client, caplog, other_session):
    with caplog.at_level("DEBUG"):
        allow(client)
        client.post("/en/contact", data=MESSAGE)
    assert "autumn" not in caplog.text
    assert "autumn" not in client.get("/en/choices/receipt.json").text
