"""The address of an embed: who gets the frame, what is recorded, and what is refused."""

import re
from uuid import UUID

import pytest

from clevenio.app import create_app
from clevenio.consent import ledger
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.embeds.pieces import piece
from clevenio.errors import BadInput

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def extra_settings():
    return {"EMBEDS": "youtube,openstreetmap"}


@pytest.fixture
def session(other_session):
    """A look of its own at what was committed."""
    with other_session() as looking:
        yield looking


@pytest.fixture
def address(settings, app):
    made = piece(settings.secret_keys, "youtube", "example-000", "A video <b>", "en", "/en/gallery")
    return f"/e/{made.token}"


def frames(response):
    return re.findall(r'<iframe src="([^"]+)"', response.text)


def policy(response):
    return dict(
        part.strip().partition(" ")[::2] for part in response.headers["Content-Security-Policy"].split(";")
    )


def decided(session, client):
    receipt = client.get_cookie("receipt")
    return {p: str(state) for p, state in ledger.decisions_of(session, UUID(receipt.value)).items()}


VIDEO = "https://www.youtube-nocookie.com/embed/example-000"


def test_without_a_choice_there_is_the_placeholder_and_no_host_in_the_policy(client, address):
    response = client.get(address)
    assert (response.status_code, frames(response)) == (200, [])
    assert policy(response)["frame-src"] == "'self'"
    assert policy(response)["frame-ancestors"] == "'none'"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert "A video &lt;b&gt;" in response.text
    assert "<b>" not in response.text
    assert "noindex" in response.text


@pytest.mark.parametrize(
    ("bare", "ancestors", "allowed"), [(False, "'none'", "DENY"), (True, "'self'", "SAMEORIGIN")]
)
def test_once_is_this_answer_alone(client, address, bare, ancestors, allowed):
    response = client.post(address, data={"show": "once", **({"bare": "1"} if bare else {})})
    assert (response.status_code, frames(response)) == (200, [VIDEO])
    assert "https://www.youtube-nocookie.com" in policy(response)["frame-src"].split()
    assert (policy(response)["frame-ancestors"], response.headers["X-Frame-Options"]) == (ancestors, allowed)
    assert "Set-Cookie" not in response.headers
    assert frames(client.get(address)) == []


def test_always_allows_the_maker_and_nothing_else(client, address, session):
    response = client.post(address, data={"show": "always", "notice": embed_notice("youtube", "en").id})
    assert (response.status_code, response.location) == (303, address)
    assert decided(session, client) == {
        "preferences": "granted",
        "preferences:youtube": "granted",
        "preferences:openstreetmap": "refused",
        "analytics": "refused",
        "marketing": "refused",
    }
    assert frames(client.get(address)) == [VIDEO]
    assert frames(client.get(address + "?bare=1")) == [VIDEO]
    # The bar has its answer, too.
    assert 'id="site-choices"' not in client.get("/en/product").text


def test_always_leaves_every_other_choice_as_it_is(client, address, session):
    client.post(
        "/en/choices",
        data={"decision": "save", "category": ["analytics", "preferences"], "vendor": "openstreetmap"},
    )
    client.post(address, data={"show": "always"})
    now = decided(session, client)
    assert {purpose for purpose, state in now.items() if state == "granted"} == {
        "analytics",
        "preferences",
        "preferences:openstreetmap",
        "preferences:youtube",
    }


def test_nothing_else_is_recorded_by_somebody_who_has_answered(client, address, session):
    client.post("/en/choices", data={"decision": "reject"})
    first = ledger.position(session)
    session.rollback()
    client.post(address, data={"show": "always"})
    rows = ledger.history(session, UUID(client.get_cookie("receipt").value))[first:]
    assert {row.purpose for row in rows} == {
        "preferences",
        "preferences:youtube",
        "preferences:openstreetmap",
    }
    assert "c=preferences%3Bx=openstreetmap" in client.get_cookie("choices").value.replace("%3D", "=")
    later = len(ledger.history(session, rows[0].subject))
    client.post(address, data={"show": "always"})
    session.rollback()
    assert len(ledger.history(session, rows[0].subject)) == later


def test_what_was_shown_is_archived_with_its_words_and_markup(client, address, session):
    client.post(address, data={"show": "always"})
    rows = ledger.history(session, UUID(client.get_cookie("receipt").value))
    assert {row.channel for row in rows} == {"embed"}
    (shown,) = ledger.wordings(session, {row.notice for row in rows}).values()
    assert shown.kind == "embed"
    assert "Google Ireland Limited" in shown.content["text"]
    assert 'data-choice="always"' in shown.content["markup"]


def test_the_receipt_and_the_centre_show_it(client, address):
    client.post(address, data={"show": "always"})
    assert "Preferences – YouTube" in client.get("/en/choices/receipt").text
    centre = client.get("/en/choices").text
    assert re.search(r'value="youtube" id="preferences-youtube" checked', centre)
    assert not re.search(r'value="openstreetmap" id="preferences-openstreetmap" checked', centre)


def test_a_withdrawal_holds_from_the_next_answer_on(client, address):
    client.post(address, data={"show": "always"})
    client.post("/en/choices", data={"decision": "reject"})
    for suffix in ("", "?bare=1"):
        response = client.get(address + suffix)
        assert frames(response) == []
        assert "youtube-nocookie" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("notice", ["f" * 32, "", "<script>", "x" * 10_000])
def test_a_version_that_is_not_shown_today_is_asked_again(client, address, session, notice):
    response = client.post(address, data={"show": "always", "notice": notice})
    assert response.status_code == 422
    assert "The text has changed" in response.text
    assert frames(response) == []
    assert client.get_cookie("receipt") is None
    assert ledger.position(session) == 0


@pytest.mark.parametrize("data", [{}, {"show": ""}, {"show": "ALWAYS"}, {"decision": "accept"}])
def test_what_says_neither_changes_nothing(client, address, session, data):
    response = client.post(address, data=data)
    assert (response.status_code, frames(response)) == (422, [])
    assert "show it once or always" in response.text
    assert ledger.position(session) == 0


def test_another_site_cannot_press_the_button(client, address, session):
    for wanted in ("once", "always"):
        response = client.post(address, data={"show": wanted}, headers={"Sec-Fetch-Site": "cross-site"})
        assert (response.status_code, frames(response)) == (403, [])
    assert ledger.position(session) == 0


@pytest.mark.parametrize("path", ["/e/token", "/e/a.b", "/e/" + "A" * 5000])
def test_an_address_of_somebody_elses_making_leads_nowhere(client, path):
    assert client.get(path).status_code == 404
    assert client.post(path, data={"show": "once"}).status_code == 404


@pytest.mark.parametrize(
    "cookie", ["", "v=1;c=preferences;x=", "v=" + "0" * 32 + ";c=preferences;x=", "%ff" * 1000]
)
def test_a_choice_that_is_none_shows_no_frame(client, address, cookie):
    client.set_cookie("choices", cookie)
    assert frames(client.get(address)) == []


def test_the_public_pages_are_the_same_for_whoever_allowed_it(client, address):
    client.post("/en/choices", data={"decision": "reject"})
    without = client.get("/en/product")
    client.post(address, data={"show": "always"})
    after = client.get("/en/product")
    assert (after.data, after.headers["ETag"]) == (without.data, without.headers["ETag"])


def test_the_registry_carries_it_into_bar_centre_declaration_and_vendors(client):
    assert "YouTube" in client.get("/en/choices").text
    assert "yt-remote-device-id" in client.get("/en/cookies").text
    assert "OpenStreetMap Foundation" in client.get("/en/vendors").text
    assert "youtube" in client.get("/.well-known/choices.json").text


class TestSwitchedOff:
    @pytest.fixture
    def extra_settings(self):
        return {}

    def test_nobody_is_named_and_nothing_is_shown(self, client, address, session):
        assert "YouTube" not in client.get("/en/vendors").text
        assert "frame-src" not in client.get("/en/product").headers["Content-Security-Policy"]
        assert 'href="https://www.youtube.com/watch?v=example-000"' in client.get(address).text
        for wanted in ("once", "always"):
            response = client.post(address, data={"show": wanted})
            assert (response.status_code, frames(response)) == (422, [])
        assert ledger.position(session) == 0


@pytest.mark.parametrize("extra_settings", [{"EMBEDS": "youtube, vimeo"}])
def test_a_name_that_the_registry_does_not_know_stops_the_start(settings, extra_settings):
    with pytest.raises(BadInput, match="CLEVENIO_EMBEDS names vimeo"):
        create_app(settings)
