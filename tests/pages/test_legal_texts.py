"""A published text never changes: whoever agreed to it must be able to read it as it was."""

from datetime import date
from pathlib import Path

import pytest

from clevenio import content, legal
from clevenio.errors import Missing
from clevenio.i18n import LANGUAGES
from clevenio.places import CONTENT

# To change a text, add a file with a new date and its digests here; never edit a line of these.
PUBLISHED = {
    ("dpa", "2026-11-25", "fi"): "a1ae5aff93dc8efb0ce2dc9c38b8520e0c07766df13639ae7904a43dfeb42e8d",
    ("dpa", "2026-11-25", "en"): "bbec3f48d187db07d78bbfddf32e9d91cd7614acf00fdacd827e7f67dd9e7a11",
    ("privacy", "2026-11-23", "fi"): "b7402dcd6eddba553a825c1e89fc963459456af8a233e9ae23d02924aac7bb09",
    ("privacy", "2026-11-23", "en"): "f6de4e22d0343378d748bc7a448c3f3438531c6a33a67daae0a1c75f92577fa7",
    ("privacy", "2026-11-26", "fi"): "a232694460cec7862ca3e56d065a450b4dd2b4f1339c462de233501e3eda556b",
    ("privacy", "2026-11-26", "en"): "949ffc75e818a5ee8fba51cae1fa5e6d1d343ce43ab52012b05edc3af1186830",
    ("privacy", "2026-11-27", "fi"): "3d50effdb029077c8c44d579beabcc61049862f679064ae9bd463af2d8421052",
    ("privacy", "2026-11-27", "en"): "65310d7a84902a9eec945e66ed3927eda9d123566345c8438535facdf29871f6",
    ("terms", "2026-11-23", "fi"): "114974b4f75eea14d0467e87ea72a03d54d9578c3057b6a970667df2c994eb8d",
    ("terms", "2026-11-23", "en"): "335424aeb4cbfae1b7e906e7d51288c9c473da297f421adf3aa9434319ba4b34",
}


def test_every_published_text_is_as_it_was_published():
    found = {
        (version.text, version.date.isoformat(), language): version.digest(language)
        for text in legal.TEXTS
        for version in legal.versions(text)
        for language in LANGUAGES
    }
    assert found == PUBLISHED


def test_no_file_lies_beside_the_versions():
    for text in legal.TEXTS:
        names = {path.name for path in (Path(CONTENT) / "legal" / text).iterdir()}
        assert names == {f"{day}.{language}.md" for kind, day, language in PUBLISHED if kind == text}


@pytest.fixture
def three_versions(tmp_path, monkeypatch):
    folder = tmp_path / "legal" / "terms"
    folder.mkdir(parents=True)
    for day in ("2026-01-01", "2027-05-05", "2026-06-30"):
        for language in LANGUAGES:
            (folder / f"{day}.{language}.md").touch()
    (folder / "draft.fi.md").touch()
    monkeypatch.setattr(content, "CONTENT", str(tmp_path))
    legal.versions.cache_clear()
    yield
    legal.versions.cache_clear()


def test_versions_come_newest_first_and_drafts_not_at_all(three_versions):
    assert [str(version.date) for version in legal.versions("terms")] == [
        "2027-05-05",
        "2026-06-30",
        "2026-01-01",
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-06-29", "2026-01-01"), ("2026-06-30", "2026-06-30"), ("2027-05-04", "2026-06-30")],
)
def test_a_version_is_in_force_from_its_day_until_the_next(three_versions, day, expected):
    assert str(legal.current("terms", date.fromisoformat(day)).date) == expected


def test_a_text_we_do_not_have_is_missing():
    with pytest.raises(Missing):
        legal.versions("../../etc")


@pytest.mark.parametrize(
    ("text", "acceptance", "wrong"),
    [
        ("terms", None, "acceptance is required or informed"),
        ("terms", "maybe", "acceptance is required or informed"),
        ("privacy", "required", "of a notice informed"),
    ],
)
def test_a_version_that_does_not_say_what_it_asks_stops_the_start(publish, text, acceptance, wrong):
    legal.check()
    publish(text, "2027-01-01", acceptance)
    with pytest.raises(ValueError, match=wrong):
        legal.check()


def test_a_version_that_does_not_say_what_changed_stops_the_start(publish):
    publish("terms", "2027-01-01", changed={"fi": "", "en": "More."})
    with pytest.raises(ValueError, match="what changed"):
        legal.check()


def test_a_version_in_one_language_stops_the_start(publish):
    publish("terms", "2027-01-01")
    content.file("legal/terms/2027-01-01", "fi").unlink()
    with pytest.raises(FileNotFoundError):
        legal.check()


def test_the_next_version_is_the_nearest_of_those_ahead(publish):
    assert legal.coming("terms", date(2026, 12, 1)) is None
    for day in ("2027-02-01", "2027-03-01"):
        publish("terms", day)
    assert legal.coming("terms", date(2026, 12, 1)).day == "2027-02-01"
    assert legal.coming("terms", date(2027, 2, 1)).day == "2027-03-01"
