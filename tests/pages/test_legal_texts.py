"""A published text never changes: whoever agreed to it must be able to read it as it was."""

from datetime import date
from pathlib import Path

import pytest

from clevenio import legal
from clevenio.errors import Missing
from clevenio.i18n import LANGUAGES
from clevenio.places import CONTENT

# To change a text, add a file with a new date and its digests here; never edit a line of these.
PUBLISHED = {
    ("privacy", "2026-11-23", "fi"): "b7402dcd6eddba553a825c1e89fc963459456af8a233e9ae23d02924aac7bb09",
    ("privacy", "2026-11-23", "en"): "f6de4e22d0343378d748bc7a448c3f3438531c6a33a67daae0a1c75f92577fa7",
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
    monkeypatch.setattr(legal, "CONTENT", str(tmp_path))
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
