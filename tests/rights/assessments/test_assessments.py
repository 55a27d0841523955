"""What rests on a legitimate interest has been weighed, in a text that never changes and that the record links."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clevenio import content
from clevenio.errors import Missing
from clevenio.i18n import LANGUAGES
from clevenio.places import CONTENT
from clevenio.registry import LegalBasis, load
from clevenio.registry.entries import MessageBasis
from clevenio.rights.assessments import documents
from clevenio.rights.assessments.documents import Kind

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])

FIRST = date(2026, 11, 26)
# To change an assessment, add a file with a new date and its digests here; never edit a line of these.
PUBLISHED = {
    ("ad-audiences", "2026-11-26", "fi"): "ac2afa8b1c81b64cad3ec24f607fbc2e1c48e8ddfe4616e246b528304066b2ba",
    ("ad-audiences", "2026-11-26", "en"): "a79c3d30a4bfdb085c64b83a285a8886fe04f9af5c72352b1917ca9ed46754e3",
    ("ad-audiences", "2026-11-27", "fi"): "fbcbb61f3c4c556823f85086034bf0db6b3dd383888557db463e018800f5a857",
    ("ad-audiences", "2026-11-27", "en"): "dc186f1eef623ece7b27c0d1ee9ec6967c2e74ce2ea107c04b5277209cf6e08e",
    (
        "direct-marketing",
        "2026-11-26",
        "fi",
    ): "3f8721642a160dafe473f5cdb7ab14206b6171863e8f5f5780e22a5c24affcc5",
    (
        "direct-marketing",
        "2026-11-26",
        "en",
    ): "4a7a7c7f296daf932d478e5bf9558c81a2c86d1f34d2bfbb0ca12182208696bd",
    ("improvement", "2026-11-26", "fi"): "7720baa81acf821b60307dcc0fa65bae37380fad3ced0371ea6777f1a0ce55e9",
    ("improvement", "2026-11-26", "en"): "6cbe064e64ee4d761e747254dac50ca74ca047c8f9dc029236ff7bb245365ca8",
    ("inquiries", "2026-11-26", "fi"): "88f5e30b96328d9ffdc83aa8f0f098dfa841b2b728a45459adb0e06917f3c54a",
    ("inquiries", "2026-11-26", "en"): "ac8de86e4ef1cc2fa15ab6c3e1167cfc60a156925139d202003aa9b4fb7897cf",
    ("necessary", "2026-11-26", "fi"): "78b844093df883a3425136c59b2a3be29d64e7581fb2c050218ef2f7e8d69512",
    ("necessary", "2026-11-26", "en"): "8e5a77b7ab2b6119803e3273726e84b1f631502cc908bbea5c766c292ef5d60e",
    ("public-roles", "2026-11-26", "fi"): "01c8f210081889c69f0bf908aa551da5849e13cce6f2df336456f9a9e3bca359",
    ("public-roles", "2026-11-26", "en"): "be6d831cf07b8d97d4dffc5634f24ce4443c2216d54c538222c0b799d044c3ec",
    ("security", "2026-11-26", "fi"): "661bb8b7c47405b2dd50885604b4bec3cbd8d54663a6f850205b72de83a1cc80",
    ("security", "2026-11-26", "en"): "b839c2a8bf264d14118eae385160fca7f958bb5e42064c4def7e9cb21089a02d",
}


@pytest.fixture
def folder(content_folder):
    """A copy of the content; what was read of the published one is forgotten, then and afterwards."""
    for known in (documents.names, documents.versions):
        known.cache_clear()
    yield content_folder
    for known in (documents.names, documents.versions):
        known.cache_clear()


@pytest.fixture
def publish(folder):
    """A function that publishes an assessment anew under a later day, with one word of it replaced."""

    def add(name, day, old, new, front='changed = "A word"'):
        for language in LANGUAGES:
            text = documents.versions(name)[0].source(language).decode()
            whole = text.replace("+++\n", f"+++\n{front}\n", 1).replace(old, new, 1)
            content.file(f"assessments/{name}/{day}", language).write_text(whole, encoding="utf-8")
        documents.versions.cache_clear()

    return add


@pytest.fixture
def officer(sign_in_staff, clock):
    """A privacy officer on the day of the first assessments."""
    clock.now = datetime(2026, 11, 26, 10, tzinfo=UTC)
    return sign_in_staff("privacy_officer")


def test_every_published_assessment_is_as_it_was_published():
    found = {
        (one.text, one.day, language): one.digest(language)
        for name in documents.names()
        for one in documents.versions(name)
        for language in LANGUAGES
    }
    assert found == PUBLISHED
    names = {path.relative_to(CONTENT) for path in Path(CONTENT, "assessments").rglob("*.*")}
    assert names == {Path(f"assessments/{name}/{day}.{language}.md") for name, day, language in PUBLISHED}


def test_nothing_rests_on_a_legitimate_interest_that_nobody_weighed():
    assert documents.missing(load(), FIRST) == []


def test_a_purpose_is_missing_before_its_assessment_is_in_force_and_when_it_comes_to_rest_on_interest():
    registry = load()
    missing = {purpose.id for purpose in documents.missing(registry, date(2026, 11, 25))}
    assert missing == {"necessary", "security", "inquiries", "improvement", "product_news"}
    surveys = replace(registry.topics["surveys"], bases=(MessageBasis.CONSENT, MessageBasis.ROLE))
    trials = replace(registry.purposes["trials"], basis=LegalBasis.LEGITIMATE_INTEREST)
    changed = replace(
        registry,
        topics={**registry.topics, "surveys": surveys},
        purposes={**registry.purposes, "trials": trials},
    )
    assert [purpose.id for purpose in documents.missing(changed, FIRST)] == ["surveys", "trials"]


def test_an_impact_assessment_weighs_no_interest():
    registry = load()
    [audiences] = documents.of_purpose("ad_audiences", FIRST)
    assert audiences.kind is Kind.DPIA
    interest = replace(registry.purposes["ad_audiences"], basis=LegalBasis.LEGITIMATE_INTEREST)
    changed = replace(registry, purposes={**registry.purposes, "ad_audiences": interest})
    assert documents.missing(changed, FIRST) == [interest]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_weighs_interest_necessity_and_rights_or_names_risks_and_measures(language):
    for one in (version for name in documents.names() for version in documents.versions(name)):
        needed = (
            {"interest", "necessity", "balance", "safeguards", "outcome"}
            if one.kind is Kind.LIA
            else {"description", "necessity", "risks", "measures", "outcome"}
        )
        assert needed <= set(content.anchors(one.name, language)), one.name
        assert not one.is_confirmed, one.name


@on_sqlite
def test_the_record_of_processing_links_what_was_weighed_and_shows_what_is_missing(officer, folder):
    page = officer.get("/staff/processing").text
    assert "/staff/assessments/security/2026-11-26" in page
    assert "Assessment missing" not in page
    for language in LANGUAGES:
        content.file("assessments/security/2026-11-26", language).unlink()
    documents.versions.cache_clear()
    page = officer.get("/staff/processing").text
    assert "Assessment missing" in page.partition('id="security"')[2].partition("</section>")[0]
    assert page.count("Assessment missing") == 1
    overview = officer.get("/staff/assessments").text
    assert "An assessment is missing" in overview
    assert "<li>Security</li>" in overview


@on_sqlite
@pytest.mark.parametrize(("language", "title"), [("fi", "Vaikutustenarviointi"), ("en", "Impact assessment")])
def test_each_version_is_read_in_both_languages(officer, language, title):
    reader = {"Accept-Language": language}
    assert title in officer.get("/staff/assessments", headers=reader).text
    for name in documents.names():
        found = documents.versions(name)[0]
        page = officer.get(f"/staff/assessments/{name}/{found.day}", headers=reader)
        assert found.title(language) in page.text
        assert found.digest(language) in page.text


@on_sqlite
def test_a_new_version_is_in_force_from_its_day_and_what_changed_is_shown(officer, publish, clock):
    publish("security", "2026-11-30", "keyed", "salted")
    assert [one.day for one in documents.of_purpose("security", FIRST)] == ["2026-11-26"]
    coming = officer.get("/staff/assessments/security/2026-11-30").text
    assert "This version is not in force yet." in coming
    assert [one.day for one in documents.of_purpose("security", date(2026, 12, 1))] == ["2026-11-30"]
    page = officer.get("/staff/assessments/security/2026-11-26/2026-11-30").text
    assert "<del><span" in page
    assert "salted" in page
    assert officer.get("/staff/assessments/security/2026-11-30/2026-11-26").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    ("language", "before", "after", "coming"),
    [
        ("fi", "Laatikko", "Ruutu", "Seuraava versio 27.11.2026 alkaen"),
        ("en", "waits", "does not wait", "Next version from 27 Nov 2026"),
    ],
)
def test_the_assessment_of_audiences_has_a_next_version_and_says_what_it_changes(
    officer, language, before, after, coming
):
    reader = {"Accept-Language": language}
    assert coming in officer.get("/staff/assessments", headers=reader).text.replace("\u00a0", " ")
    page = officer.get("/staff/assessments/ad-audiences/2026-11-26/2026-11-27", headers=reader).text
    removed = " ".join(re.findall(r"<del>(.*?)</del>", page, re.DOTALL))
    added = " ".join(re.findall(r"<ins>(.*?)</ins>", page, re.DOTALL))
    assert before in removed
    assert after in added
    assert documents.version("ad-audiences", "2026-11-27").changed(language) in page
    assert [one.day for one in documents.of_purpose("ad_audiences", date(2026, 11, 27))] == ["2026-11-27"]


@on_sqlite
@pytest.mark.parametrize(
    "path",
    ["luck/2026-11-26", "security/2026-11-27", "security/tomorrow", "..%2Flegal/2026-11-26", "legal/x/y"],
)
def test_what_is_not_there_is_not_found(officer, path):
    assert officer.get(f"/staff/assessments/{path}").status_code == 404


def test_a_version_that_is_not_there_is_missing():
    with pytest.raises(Missing):
        documents.version("security", "2026-11-27")


@pytest.mark.parametrize(
    ("old", "new", "front", "reason"),
    [
        (
            'purposes = ["security"]',
            'purposes = ["luck"]',
            'changed = "A word"',
            "that the registry does not have",
        ),
        ("keyed", "salted", "", "it does not say in each language what changed"),
        ('kind = "lia"', 'kind = "whim"', 'changed = "A word"', "whim"),
    ],
)
def test_a_version_that_says_too_little_stops_the_start(publish, old, new, front, reason):
    publish("security", "2026-11-30", old, new, front)
    with pytest.raises(ValueError, match=reason):
        documents.check(load())


def test_languages_that_differ_stop_the_start(folder):
    path = content.file("assessments/security/2026-11-26", "fi")
    path.write_text(path.read_text("utf-8").replace("{#outcome}", "{#end}"), "utf-8")
    content._read.cache_clear()
    with pytest.raises(ValueError, match="the languages differ in their sections"):
        documents.check(load())
