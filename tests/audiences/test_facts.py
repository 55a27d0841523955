"""Headers and limits of the platforms, and how a marketer corrects them."""

import pytest
from sqlalchemy import select

from clevenio.audiences.layouts import Forgets
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import layouts, platform, platforms
from clevenio.doctor import examine
from clevenio.errors import BadInput
from clevenio.health import Verdict
from clevenio.i18n import use_language
from clevenio.people.staff_members import Role
from clevenio.rights.recipients import opening
from clevenio.web.errors import say
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW


def correct(data, name: str, text: str) -> None:
    (data / "platforms").mkdir(exist_ok=True)
    (data / "platforms" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_every_platform_has_a_header_for_each_column_a_source_and_a_date(tmp_path):
    found = platforms(tmp_path)
    assert {"google", "meta", "linkedin-contacts", "linkedin-companies"} <= {each.id for each in found}
    for each in found:
        assert len(each.facts.headers) == len(each.layout.columns)
        assert each.facts.source.startswith("https://")


def test_the_shipped_headers_and_limits_are_the_platforms_own(tmp_path):
    google, linkedin = platform("google", tmp_path).facts, platform("linkedin-contacts", tmp_path).facts
    assert google.headers == ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")
    assert (google.minimum_upload, google.minimum_serving, google.membership_days) == (None, 100, 540)
    assert linkedin.headers[:4] == ("email", "firstname", "lastname", "jobtitle")
    assert (linkedin.minimum_upload, linkedin.maximum_rows, linkedin.maximum_bytes) == (
        300,
        300_000,
        20_000_000,
    )


def test_a_file_in_the_data_folder_corrects_single_keys(tmp_path):
    correct(tmp_path, "google", 'minimum_serving = 1000\nforgets = "replace_file"\n')
    facts = platform("google", tmp_path).facts
    assert (facts.minimum_serving, facts.forgets) == (1000, Forgets.REPLACE_FILE)
    assert facts.headers[0] == "Email"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("headers = [", "google.toml"),
        ('headers = ["Email"]', "headers has 1 entries; the file has 6 columns"),
        ("headers = 3", "headers is a list of texts"),
        ('headers = ["a", "b", "c", "d", "e", " "]', "headers is a list of texts"),
        (
            'headers = ["Phone", "Email", "First Name", "Last Name", "Country", "Zip"]',
            "Phone stands over the column Email",
        ),
        (
            'headers = ["Email", "Email", "First Name", "Last Name", "Country", "Zip"]',
            "Email stands over the column Phone",
        ),
        (
            'headers = ["=1+1", "Phone", "First Name", "Last Name", "Country", "Zip"]',
            "no header looks like =1+1",
        ),
        (
            'headers = ["Ph,one", "Phone", "First Name", "Last Name", "Country", "Zip"]',
            "no header looks like Ph,one",
        ),
        ("maximum_rows = 0", "maximum_rows is a whole number above zero"),
        ("maximum_bytes = true", "maximum_bytes is a whole number above zero"),
        ("maximum_bytes = 306", "maximum_bytes has to be at least 307, so that the headers and one row fit"),
        ('minimum_upload = "300"', "minimum_upload is a whole number above zero"),
        ('name = ""', "name is missing"),
        ('checked = "yesterday"', "checked is a date"),
        ('forgets = "never"', "forgets is one of remove_file, replace_file, recreate"),
        ("minimum = 3", "minimum is not known here"),
    ],
)
def test_a_bad_correction_is_refused_with_file_and_reason(tmp_path, text, reason):
    correct(tmp_path, "google", text)
    with pytest.raises(BadInput) as refusal:
        platform("google", tmp_path)
    assert "google.toml" in str(refusal.value)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"minimum_rows = 1\n\nheaders = = 3\n", "se ei ole TOML-muotoa riviltä 3 alkaen."),
        (b"headers = [\n", "se ei ole TOML-muotoa riviltä 2 alkaen."),
        (b'name = "a"\nsource = "\xe4"\n', "rivi 2 ei ole UTF-8-muotoa."),
    ],
)
def test_a_correction_that_cannot_be_read_names_the_line_in_the_readers_language(tmp_path, content, sentence):
    correct(tmp_path, "google", "")
    (tmp_path / "platforms" / "google.toml").write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        platform("google", tmp_path)
    with use_language("fi"):
        assert say(refusal.value) == f"Tiedostoa google.toml ei voi lukea: {sentence}"


def test_a_file_may_be_as_small_as_its_headers_and_one_row(tmp_path):
    correct(tmp_path, "google", "maximum_bytes = 307")
    assert platform("google", tmp_path).facts.maximum_bytes == 307
    correct(tmp_path, "google", 'headers = ["E", "P", "F", "L", "C", "Z"]\nmaximum_bytes = 274')
    assert platform("google", tmp_path).facts.maximum_bytes == 274


def test_an_unknown_platform_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(BadInput) as refusal:
        platform("myspace", tmp_path)
    for name in layouts():
        assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "fi", "en"),
    [
        ("", "LinkedInin yhteystietoluettelo", "LinkedIn contact list"),
        ('name = "Ours"', "Ours", "Ours"),
        ('name.fi = "Meidän"\nname.en = "Ours"', "Meidän", "Ours"),
    ],
)
def test_a_platform_is_called_by_its_name_in_each_language(tmp_path, text, fi, en):
    correct(tmp_path, "linkedin-contacts", text)
    name = platform("linkedin-contacts", tmp_path).facts.name
    assert (name["fi"], name["en"]) == (fi, en)
    with use_language("fi"):
        assert str(name) == fi


@pytest.mark.parametrize(
    "text", ["name = 1", 'name = " "', 'name.fi = "Meidän"', 'name.fi = "x"\nname.en = ""']
)
def test_half_a_name_is_refused(tmp_path, text):
    correct(tmp_path, "meta", text)
    with pytest.raises(BadInput, match=r"meta\.toml: name is"):
        platform("meta", tmp_path)


BROKEN = 'headers = ["Email", "Phone"]'


@pytest.fixture
def broken(settings):
    """Somebody has changed the headers of one platform by hand, and lost four."""
    folder = settings.data / "platforms"
    folder.mkdir(exist_ok=True)
    (folder / "google.toml").write_text(BROKEN)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_slip_in_one_data_file_is_named_and_closes_nothing_else(broken, signed_in, crowd, database):
    marketer = signed_in(Role.MARKETER)
    crowd.many(12)
    for page in ("/staff/", HOME):
        answer = marketer.get(page)
        assert answer.status_code == 200
        assert "google.toml: headers has 2 entries; the file has 6 columns." in answer.text, page
    assert "Download the file" in marketer.get(f"{HOME}/segments/all/meta").text
    preview = f"{HOME}/segments/all/google"
    refused = marketer.get(preview).text.partition("<main")[2]
    assert "Download the file" not in refused
    assert "No file goes to Google Ads Customer Match until its data file is mended" in refused
    assert "google.toml" in refused
    assert "Whoever looks after the site finds it in the folder platforms" in refused
    assert "/en/vendors" not in refused
    answer = posted(marketer, preview, f"{HOME}/exports", segment="all", platform="google")
    assert (answer.status_code, "headers has 2 entries" in answer.text) == (403, True)
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BROKEN, "google.toml: headers-luettelossa on 2 otsikkoa, mutta tiedostossa on 6 saraketta."),
        ('checked = "eilen"', "google.toml: checked on päivämäärä, esimerkiksi 2026-11-22."),
        ("maximum_rows = 0", "google.toml: maximum_rows on nollaa suurempi kokonaisluku."),
        ("minimum = 3", "google.toml: kohtaa minimum ei tunneta."),
        (
            'headers = ["Phone", "Email", "First Name", "Last Name", "Country", "Zip"]',
            "google.toml: otsikko Phone on sarakkeen Email kohdalla.",
        ),
    ],
)
def test_a_slip_is_named_in_the_language_of_the_page(settings, signed_in, text, said):
    correct(settings.data, "google", text)
    marketer = signed_in(Role.MARKETER)
    for page in ("/staff/", HOME, f"{HOME}/segments/all/google"):
        assert said in marketer.get(page, headers={"Accept-Language": "fi"}).text, page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_slip_in_a_data_file_keeps_nobody_in_a_platform(crowd, exported, database, settings):
    person = crowd.add("aino@example.com")
    exported("google")
    folder = settings.data / "platforms"
    folder.mkdir()
    (folder / "google.toml").write_text(BROKEN)
    crowd.withdraw(person)
    with database.session() as session:
        assert opening.catch_up(session, settings, NOW) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_doctor_names_the_data_file(broken, app):
    found = {each.name: each for each in examine(app.extensions["clevenio"], patience=1)}
    assert found["platforms"].verdict is Verdict.BAD
    assert "google.toml: headers has 2 entries" in str(found["platforms"].text)
