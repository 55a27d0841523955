"""A reader sees the sentence that changed, in its place, and nothing that did not change as if it had."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markupsafe import Markup

from clevenio.content import Page, Part, Section
from clevenio.differences import Mark, difference, pieces

MARKS = {Mark.SAME: "{}", Mark.ADDED: "[+{}]", Mark.REMOVED: "[-{}]"}


def shown(found):
    return "".join(MARKS[piece.mark].format(piece.text) for piece in found)


def section(anchor, title, gist, *paragraphs, parts=()):
    body = Markup("").join(Markup(f"{one}\n") for one in paragraphs)
    return Section(anchor, title, Markup(f"<p>{gist}</p>\n"), body, parts)


def text(*sections, title="Terms", lead="The lead."):
    return Page({"title": title, "lead": lead}, {one.anchor: one for one in sections})


def changes(old, new):
    """Each changed section: anchor, mark, title, and paragraphs as (kind, text with its marks)."""
    return [
        (
            part.anchor,
            part.mark.value,
            shown(part.title),
            [(one.kind, shown(one.pieces)) for one in part.paragraphs],
        )
        for part in difference(old, new)
        if part.mark is not Mark.SAME
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("We keep it.", "We keep it.", "We keep it."),
        ("We keep it for 12 months.", "We keep it for 24 months.", "We keep it for [-12][+24] months."),
        ("Vastaamme kahdessa viikossa.", "Vastaamme viikossa.", "Vastaamme[- kahdessa] viikossa."),
        ("", "All new.", "[+All new.]"),
        ("All old.", "", "[-All old.]"),
        ("at any time", "in a week", "[-at any time][+in a week]"),
        ("Etu- ja sukunimi", "Etunimi ja sukunimi", "[-Etu-][+Etunimi] ja sukunimi"),
    ],
)
def test_words_are_compared_and_neighbouring_changes_read_as_one(old, new, expected):
    assert shown(pieces(old, new)) == expected


words = some.lists(some.sampled_from(["a", "law", "data", ",", ".", " ", "  ", "–", "ä"]), max_size=20).map(
    "".join
)


@given(words, words)
def test_both_texts_can_be_read_out_of_the_difference(old, new):
    found = pieces(old, new)
    before = "".join(piece.text for piece in found if piece.mark is not Mark.ADDED)
    after = "".join(piece.text for piece in found if piece.mark is not Mark.REMOVED)
    assert (before, after) == (old, new)


def test_an_unchanged_text_has_no_changes():
    same = text(section("a", "A", "In brief.", "<p>In full.</p>"))
    assert changes(same, same) == []
    assert [part.mark for part in difference(same, same)] == [Mark.SAME]


def test_a_changed_sentence_stands_in_its_paragraph_beside_those_that_stayed():
    old = text(section("a", "A", "In brief.", "<p>First stays.</p>", "<p>You may leave at any time.</p>"))
    new = text(section("a", "A", "In brief.", "<p>First stays.</p>", "<p>You may leave within a day.</p>"))
    assert changes(old, new) == [
        (
            "a",
            "changed",
            "A",
            [
                ("gist", "In brief."),
                ("p", "First stays."),
                ("p", "You may leave [-at any time][+within a day]."),
            ],
        )
    ]


def test_a_paragraph_that_came_is_not_mixed_with_one_that_went():
    old = text(section("a", "A", "G.", "<p>Horses graze by the river.</p>"))
    new = text(section("a", "A", "G.", "<p>Invoices are due monthly.</p>"))
    [(_, _, _, found)] = changes(old, new)
    assert found == [
        ("gist", "G."),
        ("p", "[+Invoices are due monthly.]"),
        ("p", "[-Horses graze by the river.]"),
    ]


def test_items_and_headings_are_compared_each_by_itself():
    old = text(section("a", "A", "G.", "<ul>\n<li>name</li>\n<li>phone number</li>\n</ul>"))
    new = text(
        section(
            "a",
            "A",
            "G.",
            "<ul>\n<li>name</li>\n<li>mobile phone number</li>\n</ul>",
            parts=(Part("More", Markup("<p>Said.</p>")),),
        )
    )
    assert changes(old, new)[0][3] == [
        ("gist", "G."),
        ("li", "name"),
        ("li", "[+mobile ]phone number"),
        ("h3", "[+More]"),
        ("p", "[+Said.]"),
    ]


def test_a_section_that_came_or_went_is_whole_and_in_its_place():
    a, b, c = (section(x, x.upper(), "G.", f"<p>Of {x}.</p>") for x in "abc")
    assert [(part.anchor, part.mark.value) for part in difference(text(a, b), text(b, c))] == [
        ("a", "removed"),
        ("b", "same"),
        ("c", "added"),
    ]
    assert changes(text(a, b), text(b))[0][2:] == ("[-A]", [("gist", "[-G.]"), ("p", "[-Of a.]")])


def test_a_section_that_moved_is_there_once():
    a, b = (section(x, x.upper(), "G.", f"<p>Of {x}.</p>") for x in "ab")
    assert [part.anchor for part in difference(text(a, b), text(b, a))] == ["b", "a"]


def test_a_link_that_leads_elsewhere_is_a_change():
    old = text(section("a", "A", "G.", '<p>See <a href="/en/privacy">here</a>.</p>'))
    new = text(section("a", "A", "G.", '<p>See <a href="/en/terms">here</a>.</p>'))
    assert "(/en/[-privacy][+terms])" in changes(old, new)[0][3][1][1]


def test_a_new_title_and_lead_come_first():
    one = section("a", "A", "G.", "<p>T.</p>")
    [(anchor, _, title, paragraphs)] = changes(
        text(one), text(one, title="Terms of use", lead="The new lead.")
    )
    assert (anchor, title, paragraphs) == ("opening", "Terms[+ of use]", [("p", "The[+ new] lead.")])


def test_markup_in_a_text_stays_text():
    old = text(section("a", "A", "G.", "<p>Plain &lt;b&gt; words.</p>"))
    new = text(section("a", "A", "G.", "<p>Plain &lt;i&gt; words.</p>"))
    assert changes(old, new)[0][3][1][1] == "Plain <[-b][+i]> words."
