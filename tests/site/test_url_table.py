"""The addresses that mails, bookmarks, search engines and tools rely on. Changing one is a decision."""

import pytest
from werkzeug.exceptions import MethodNotAllowed

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

# Finnish, English, and the methods both take.
PAGES = [
    ("/fi/", "/en/", "GET"),
    ("/fi/palvelu", "/en/product", "GET"),
    ("/fi/yritys", "/en/company", "GET"),
    ("/fi/yhteys", "/en/contact", "GET POST"),
    ("/fi/yhteys/kiitos", "/en/contact/thanks", "GET"),
    ("/fi/rekisteroidy", "/en/signup", "GET POST"),
    ("/fi/rekisteroidy/posti", "/en/signup/mail", "GET"),
    ("/fi/rekisteroidy/uudelleen", "/en/signup/again", "GET POST"),
    ("/fi/uusi-salasana", "/en/new-password", "GET POST"),
    ("/fi/uusi-salasana/posti", "/en/new-password/mail", "GET"),
    ("/fi/kirjaudu", "/en/login", "GET POST"),
    ("/fi/kirjaudu-ulos", "/en/logout", "POST"),
    ("/fi/tili", "/en/account", "GET"),
    ("/fi/tili/tiedot", "/en/account/profile", "GET POST"),
    ("/fi/tili/valinnat", "/en/account/choices", "GET POST"),
    ("/fi/tili/kirjautuminen", "/en/account/security", "GET"),
    ("/fi/tili/istunnot", "/en/account/sessions", "GET POST"),
    ("/fi/tili/salasana", "/en/account/password", "GET POST"),
    ("/fi/tili/osoite", "/en/account/address", "GET POST"),
    ("/fi/tili/osoite/peruutus", "/en/account/address/cancellation", "POST"),
    ("/fi/tili/omat-tiedot", "/en/account/data", "GET"),
    ("/fi/tili/kaytto", "/en/account/use", "GET"),
    ("/fi/tili/sopimukset", "/en/account/agreements", "GET"),
    ("/fi/tili/sopimukset.zip", "/en/account/agreements.zip", "GET"),
    ("/fi/tili/sopimukset/uudet", "/en/account/agreements/new", "GET POST"),
    ("/fi/tili/omat-tiedot/kopio", "/en/account/data/copy", "GET POST"),
    ("/fi/tili/poisto", "/en/account/deletion", "GET POST"),
    ("/fi/tili/poisto/peruutus", "/en/account/deletion/withdrawal", "GET POST"),
    ("/fi/tili/pyynnot", "/en/account/requests", "GET POST"),
    ("/fi/tili/pyynnot/peruutus", "/en/account/requests/withdrawal", "POST"),
    ("/fi/uutiskirje", "/en/newsletter", "GET POST"),
    ("/fi/uutiskirje/katso-postisi", "/en/newsletter/check-your-mail", "GET"),
    ("/fi/valinnat", "/en/choices", "GET POST"),
    ("/fi/valinnat/linkki", "/en/choices/link", "GET POST"),
    ("/fi/valinnat/linkki/lahetetty", "/en/choices/link/sent", "GET"),
    ("/fi/valinnat/linkki/suljettu", "/en/choices/link/closed", "GET"),
    ("/fi/valinnat/kuitti", "/en/choices/receipt", "GET"),
    ("/fi/valinnat/kuitti.json", "/en/choices/receipt.json", "GET"),
    ("/fi/tietosuoja", "/en/privacy", "GET"),
    ("/fi/evasteet", "/en/cookies", "GET"),
    ("/fi/oikeudet", "/en/rights", "GET POST"),
    ("/fi/oikeudet/lahetetty", "/en/rights/sent", "GET"),
    ("/fi/kumppanit", "/en/vendors", "GET"),
    ("/fi/ehdot", "/en/terms", "GET"),
    ("/fi/kasittelysopimus", "/en/data-processing", "GET"),
    ("/fi/tietosuoja/versiot", "/en/privacy/versions", "GET"),
    ("/fi/ehdot/versiot", "/en/terms/versions", "GET"),
    ("/fi/kasittelysopimus/versiot", "/en/data-processing/versions", "GET"),
    ("/fi/saavutettavuus", "/en/accessibility", "GET"),
    ("/fi/julkiset-roolit", "/en/public-roles", "GET"),
    ("/fi/galleria", "/en/gallery", "GET"),
]
MACHINES = [
    ("/", "GET"),
    ("/livez", "GET"),
    ("/readyz", "GET"),
    ("/robots.txt", "GET"),
    ("/sitemap.xml", "GET"),
    ("/.well-known/security.txt", "GET"),
    ("/.well-known/autoconsent.json", "GET"),
    ("/.well-known/choices.json", "GET"),
    ("/.well-known/seals.json", "GET"),
    ("/schemas/access-1.json", "GET"),
    ("/schemas/portability-1.json", "GET"),
    ("/staff/", "GET"),
    ("/hooks/mail", "POST"),
]
TOKENS = [
    ("/u/token", "GET POST"),
    ("/c/token", "GET POST"),
    ("/v/token", "GET POST"),
    ("/v/token/refusal", "POST"),
    ("/r/token", "GET POST"),
    ("/a/token", "GET POST"),
    ("/q/token", "GET POST"),
    ("/d/token", "GET POST"),
    ("/e/token", "GET POST"),
    ("/m/token", "GET POST"),
    ("/o/token", "GET"),
    ("/a/token/refusal", "POST"),
]
# What a platform fetches with its own credentials.
PULLS = {"/audiences/<handle>.csv"}
# Every version of a legal text, and what changed between two of them.
VERSIONS = {
    page + rest
    for finnish, english, _ in PAGES
    for page in (finnish, english)
    if page.endswith(("/versiot", "/versions"))
    for rest in ("/<day>", "/<older>/<newer>")
}
# What one customer agreed to, in their own account.
AGREEMENTS = {
    page + rest
    for page, file in (("/fi/tili/sopimukset", "/tiedosto"), ("/en/account/agreements", "/file"))
    for rest in ("/<uuid:agreement>", f"/<uuid:agreement>{file}")
}
# A copy of one's own data, in one's own account.
COPIES = {f"{page}/<uuid:file_id>" for page in ("/fi/tili/omat-tiedot/kopio", "/en/account/data/copy")}
# The page behind the link to one's own choices, and its acts.
CHOICES = {
    f"{page}/<token>{act}"
    for page, acts in (
        ("/fi/omat-valinnat", ("", "/luvat", "/kieli", "/osoite", "/lahto", "/sulkeminen", "/kopio")),
        ("/en/my-choices", ("", "/permissions", "/language", "/address", "/leaving", "/closing", "/copy")),
    )
    for act in acts
}


@pytest.fixture
def urls(app):
    return app.url_map.bind("localhost")


def matches(urls, path, methods):
    return [urls.match(path, method) for method in methods.split()]


@pytest.mark.parametrize(("finnish", "english", "methods"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_has_its_address_in_each_language(urls, finnish, english, methods):
    for method in methods.split():
        assert urls.match(finnish, method)[0] == urls.match(english, method)[0]
        assert [urls.match(path, method)[1]["language"] for path in (finnish, english)] == ["fi", "en"]


@pytest.mark.parametrize(("path", "methods"), MACHINES + TOKENS, ids=lambda value: value)
def test_an_address_without_a_language_is_there(urls, path, methods):
    assert len(matches(urls, path, methods)) == len(methods.split())


@pytest.mark.parametrize("path", [page[0] for page in PAGES if "POST" not in page[2]])
def test_what_only_shows_takes_no_post(urls, path):
    with pytest.raises(MethodNotAllowed):
        urls.match(path, "POST")


def test_nothing_public_is_served_under_an_address_that_is_not_in_the_table(app):
    known = {path for finnish, english, _ in PAGES for path in (finnish, english)}
    known |= {path for path, _ in MACHINES} | {path.replace("token", "<token>") for path, _ in TOKENS}
    listed = known | VERSIONS | AGREEMENTS | COPIES | CHOICES | PULLS
    others = {rule.rule for rule in app.url_map.iter_rules()} - listed
    assert {rule for rule in others if not rule.startswith(("/staff/", "/static/"))} == set()


@pytest.mark.parametrize(
    ("accepted", "home"),
    [("fi", "/fi/"), ("en-GB,en;q=0.9", "/en/"), ("sv,fi;q=0.5", "/fi/"), ("de", "/en/")],
)
def test_the_front_door_leads_to_the_language_the_browser_asks_for(client, accepted, home):
    response = client.get("/", headers={"Accept-Language": accepted})
    assert (response.status_code, response.location) == (302, home)
    assert response.headers["Vary"] == "Accept-Language"
