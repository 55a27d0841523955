"""Copy is written, not assembled: what both languages must share, and what a bad file does."""

import re
from pathlib import Path

import pytest

from clevenio import content
from clevenio.places import CONTENT

NAMES = sorted({path.relative_to(CONTENT).as_posix().split(".")[0] for path in Path(CONTENT).rglob("*.md")})
FACTS = {
    "controller": "Made-up & Co",
    "address": "Example Street 1",
    "contact": "privacy@example.com",
    "choices_last": "6 months",
    "role_kept": "3 months",
}
# The one address that is not ours: of the authority that supervises accessibility.
SUPERVISOR = "saavutettavuus@traficom.fi"
FILLING = content.Filling(FACTS, lambda endpoint: f"/somewhere/{endpoint}")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a page and read it back."""

    def write(text):
        monkeypatch.setattr(content, "CONTENT", str(tmp_path))
        (tmp_path / "page.en.md").write_text('+++\ntitle = "T"\n+++\n' + text, encoding="utf-8")
        return content.page("page", "en", FILLING)

    return write


def test_there_is_copy_to_look_at():
    assert {"pages/home", "legal/privacy/2026-11-23"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_sections_with_the_same_parts(name):
    finnish, english = (content.page(name, language, FILLING) for language in ("fi", "en"))
    assert list(finnish.sections) == list(english.sections)
    for one, other in zip(finnish.sections.values(), english.sections.values(), strict=True):
        assert (len(one.parts), bool(one.gist)) == (len(other.parts), bool(other.gist)), one.anchor
    assert set(finnish.front) == set(english.front)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_fill_in_and_nobody_is_invented(name, language):
    page = content.page(name, language, FILLING)
    html = "".join(str(s.gist + s.body + "".join(p.body for p in s.parts)) for s in page.sections.values())
    assert not re.search(r"\{|page:|%7B", html + " ".join(map(str, page.front.values())))
    assert set(re.findall(r'href="https?://([^/"]+)', html)) <= {
        "tietosuoja.fi",
        "www.saavutettavuusvaatimukset.fi",
    }
    assert set(re.findall(r"[\w.]+@[\w.]+\w", html)) <= {"privacy@example.com", SUPERVISOR}


@pytest.mark.parametrize("name", NAMES)
def test_finnish_quotes_are_finnish(name):
    source = (Path(CONTENT) / f"{name}.fi.md").read_text(encoding="utf-8").split("+++\n", 2)[2]
    assert not re.search("[\"“‘']", source)


def test_a_section_has_its_summary_its_body_and_its_parts_apart(written):
    page = written("## Title {#here}\n\n> In brief.\n\nIn full.\n\n### One\n\nFirst.\n\n### Two\n\nSecond.\n")
    section = page.sections["here"]
    assert (section.title, section.gist, section.body) == ("Title", "In brief.", "<p>In full.</p>\n")
    assert [(part.title, part.body) for part in section.parts] == [
        ("One", "<p>First.</p>\n"),
        ("Two", "<p>Second.</p>\n"),
    ]


def test_facts_are_escaped_and_links_lead_to_our_pages(written):
    page = written("## T {#t}\n\n{controller}, [mail](mailto:{contact}), [rights](page:pages.rights)\n")
    assert page.sections["t"].body == (
        '<p>Made-up &amp; Co, <a href="mailto:privacy@example.com">mail</a>, '
        '<a href="/somewhere/pages.rights">rights</a></p>\n'
    )


def test_markup_in_copy_is_text(written):
    assert "&lt;b&gt;" in written("## T {#t}\n\n<b>loud</b>\n").sections["t"].body


def test_a_fact_that_nobody_knows_is_refused(written):
    with pytest.raises(KeyError, match="turnover"):
        written("## T {#t}\n\n{turnover}\n")


def test_a_heading_without_an_anchor_is_refused(written):
    with pytest.raises(ValueError, match="has no anchor"):
        written("## T\n\nText.\n")
