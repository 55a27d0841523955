"""A marketer's way from a file of people to an audience file, and a person's way out of the next one."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from clevenio.consent.ledger import State
from tests.browser.steps import (
    PATHS,
    answer_with_app,
    decisions,
    digest,
    download,
    enter_as_staff,
    log_in,
    look,
    number_of,
    sign_up,
)
from tests.browser.test_staff_access import let_proofs_grow_old

pytestmark = pytest.mark.browser

PEOPLE = Path(__file__).parents[1] / "data" / "people-1000.csv"
COLUMNS = ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
# Together more than the hundred that a file must hold at least; one of them alone is fewer.
ROLES = ("marketing", "sales", "owner", "finance", "operations", "technology")
WORDS = {
    "fi": {
        "audiences": "Kohderyhmät",
        "new": "Uusi kohderyhmä",
        "save": "Tallenna kohderyhmä",
        "count": "Laske näille alustoille",
        "too few": "Liian vähän tiedostoon",
        "download": "Lataa tiedosto",
        "asked": "Vahvista, että se olet sinä",
        "proved": "Vahvistettu: se olet sinä",
        "now": "Lataa nyt",
        "go on": "Jatka hallinnassa",
    },
    "en": {
        "audiences": "Audiences",
        "new": "New segment",
        "save": "Save the segment",
        "count": "Count for these platforms",
        "too few": "Too few to make a file",
        "download": "Download the file",
        "asked": "Confirm that it is you",
        "proved": "Confirmed: it is you",
        "now": "Download now",
        "go on": "Go on in the back office",
    },
}


@pytest.fixture(scope="module")
def site(live_site):
    """A site with a thousand imported people; about one in four agreed to audiences."""
    done = live_site.run("people", "import", PEOPLE)
    assert done.returncode == 0, done.stderr
    return live_site


def make_segment(page, words, name, *roles):
    """From the list of audiences to the preview for Google of a new segment."""
    page.get_by_role("link", name=words["audiences"], exact=True).first.click()
    page.get_by_role("link", name=words["new"]).click()
    page.fill("main [name=name]", name)
    for role in roles:
        page.check(f"main [name=role][value={role}]")
    page.get_by_role("button", name=words["save"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    to_google(page, words)


def to_google(page, words):
    """From the page of a segment to what Google would get."""
    page.get_by_role("button", name=words["count"]).click()
    page.get_by_role("link", name="Google").first.click()


def rows_of(file):
    with Path(file).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    assert header == COLUMNS
    return rows


def test_who_withdraws_is_in_no_later_file_and_in_the_removal_file(site, new_page, shot):
    words, email = WORDS["en"], "maija.withdraws@example.com"
    person, staff = new_page(), new_page()
    person.goto(site.url + PATHS["en"]["signup"])
    wording = person.locator("label[for=box-ad_audiences]").inner_text()
    sign_up(person, site, "en", email, "ad_audiences")
    enter_as_staff(staff, site, "marketer@example.com", "marketer")

    make_segment(staff, words, "Marketers alone", "marketing")
    expect(staff.locator("main .notice h2").first).to_have_text(words["too few"])
    assert staff.get_by_role("button", name=words["download"]).count() == 0
    shot(staff, "audience-too-few-en")

    make_segment(staff, words, "Spring fair", *ROLES)
    matching, rows, needed = (number_of(staff, place) for place in range(3))
    assert matching > rows >= needed == 100
    shot(staff, "audience-preview-en")
    file, answer = download(staff, words["download"])
    assert file.suggested_filename.startswith("audience-google-")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/csv")
    first = rows_of(file.path())
    assert len(first) == rows
    assert all(len(cell) == 64 for row in first for cell in row[:4] if cell)
    assert digest(email) in {row[0] for row in first}
    assert staff.goto(file.url).status == 404

    log_in(person, site, "en", email)
    person.uncheck("main [name=ad_audiences]")
    person.get_by_role("button", name="Save the choices").click()
    expect(person.locator("main .notice")).to_contain_text("Your choices have been saved.")
    assert decisions(site, email)["ad_audiences:google"] is State.WITHDRAWN

    staff.goto(f"{site.url}/staff/audiences")
    expect(staff.locator("main .notice h2")).to_have_text("People to take out: Google Ads Customer Match")
    shot(staff, "audiences-en")
    file, _ = download(staff, "Download the removal file")
    assert file.suggested_filename.startswith("removals-google-")
    assert rows_of(file.path()) == [[digest(email), digest("+358401234567"), "", "", "", ""]]
    staff.reload()
    staff.get_by_role("link", name="Spring fair").click()
    to_google(staff, words)
    assert number_of(staff, 1) == rows - 1
    file, _ = download(staff, words["download"])
    second = rows_of(file.path())
    assert sorted(second) == sorted(row for row in first if row[0] != digest(email))

    staff.goto(f"{site.url}/staff/audience-explanations")
    staff.fill("main [name=email]", email)
    staff.get_by_role("button", name="Explain").click()
    google = staff.get_by_role("region", name="google")
    expect(google).to_contain_text("Out: the consent was withdrawn.")
    rows = google.get_by_role("table").first.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(wording)
    shot(staff, "audience-explanation-en")


@pytest.mark.parametrize("language", ["fi"])
@pytest.mark.parametrize("javascript", [False])
def test_a_marketer_gets_a_file_in_finnish_and_without_scripts(site, page, language, javascript, shot):
    words = WORDS[language]
    enter_as_staff(page, site, "markkinoija@example.com", "marketer")
    make_segment(page, words, "Kevään messut", *ROLES)
    rows = number_of(page, 1)
    shot(page, "audience-preview-fi")
    file, _ = download(page, words["download"])
    assert len(rows_of(file.path())) == rows
    assert page.goto(file.url).status == 404
    page.goto(f"{site.url}/staff/audiences")
    expect(page.get_by_role("table").last).to_contain_text("Ladattu")
    shot(page, "audiences-fi")


def test_a_file_comes_from_a_page_of_its_own_where_a_proof_was_asked_for(
    site, page, language, javascript, shot
):
    words, name = WORDS[language], f"Later {language} {javascript}".lower()
    secret = enter_as_staff(page, site, f"{name.replace(' ', '.')}@example.com", "marketer")
    make_segment(page, words, name, *ROLES)
    let_proofs_grow_old(site)
    page.get_by_role("button", name=words["download"]).click()
    answer_with_app(page, secret)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["proved"])
    expect(page.locator("#factor_code")).to_have_count(0)
    look(page, shot, "audience-proved", language)
    file, _ = download(page, words["now"])
    assert file.suggested_filename.startswith("audience-google-")
    expect(page.get_by_role("heading", level=1)).to_have_text(words["proved"])
    page.reload()
    page.get_by_role("button", name=words["now"]).click()
    expect(page).to_have_url(re.compile(r"/staff/audiences/exports/\d+\?again=1$"))
    look(page, shot, "audience-made-already", language)
    for heading in (words["proved"], words["asked"]):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.go_forward()
    page.get_by_role("link", name=words["go on"]).click()
    expect(page.get_by_role("table").last).to_contain_text(name)


@pytest.mark.parametrize("width", [360])
def test_a_marketers_pages_fit_a_narrow_screen(site, new_page, language, width, shot):
    page = new_page(language=language, width=width)
    enter_as_staff(page, site, f"narrow.{language}@example.com", "marketer")
    for path in (
        "audiences",
        "audiences/segments/new",
        "audiences/segments/all/google",
        "audience-explanations",
    ):
        page.goto(f"{site.url}/staff/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(page, f"staff-{path.replace('/', '-')}-{language}-{width}")
