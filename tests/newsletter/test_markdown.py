import pytest

from clevenio.errors import BadInput
from clevenio.newsletter.markdown import compose, read


def test_the_first_heading_is_the_subject_and_leaves_the_text():
    letter = read("Before.\n\n## The *subject*\n\nAfter.\n\n# Another\n\nEnd.")
    assert letter.subject == "The subject"
    assert letter.text == "Before.\n\nAfter.\n\nAnother\n-------\n\nEnd."


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Only text.", "no heading"),
        ("# \n\nText.", "no heading"),
        ("", "no heading"),
        ("# Alone", "nothing under"),
        ("# " + "x" * 201 + "\n\ntext", "longer than 200"),
        ("# Hi\n\n\u200b \u00ad", "nothing under"),
        ("# Hi\n\ntext\n![pixel](https://tracker.example.com/x.gif)", "^Line 4: no picture can be sent"),
        ("# Hi ![a](https://example.com/x.gif)\n\ntext", "^Line 1: no picture"),
        ("# Hi\n\n[relative](/en/newsletter)", "whole address"),
        ("# Hi\n\n- [scheme](ftp://example.com/x)", "whole address"),
        ("# Hi\n\nfirst\nsecond [none](https:///x)", "^Line 4: the link"),
        ("# Hi\n\n[half](//example.com/x)", "^Line 3: the link"),
        ("# Hi\n\nbell\x07", r"^Line 3 holds a character that no mail can show: U\+0007"),
        ("# Hi\n\nhalf\ud800", r"U\+D800"),
        ("# Hi\n\nnone\ufffe", r"U\+FFFE"),
        ("# Hi\n\n" + "x" * 60_500, "longer than 60000"),
    ],
)
def test_a_text_that_cannot_be_mailed_is_refused(source, said):
    with pytest.raises(BadInput, match=said):
        read(source)


def test_raw_html_stays_text():
    letter = read("# Hi\n\n<script>alert(1)</script> <img src=https://tracker.example.com/x.gif>")
    assert "<script" not in letter.html
    assert "<img" not in letter.html


def test_the_text_part_reads_like_a_letter():
    letter = read(
        "# Hi\n\nRead **this** [piece](https://www.example.com/).\nOr <https://www.example.com/b>.\n\n"
        "- one\n- two\n  - deeper\n\n3. three\n4. four\n\n> said\n> twice\n\n---\n\n    code\n"
    )
    assert letter.text == (
        "Read this piece (https://www.example.com/). Or https://www.example.com/b.\n\n"
        "– one\n– two\n  – deeper\n\n3. three\n4. four\n\n> said twice\n\n* * *\n\ncode"
    )


def test_an_item_with_two_paragraphs_keeps_its_indent():
    assert read("# Hi\n\n- one\n\n  more\n\n- two").text == "– one\n\n  more\n\n– two"


@pytest.mark.parametrize(
    "subject", ["50 % *off* _now_", "# 1) a [b](c) <d> & `e` \\ f #", "Kysy & kuuntele – 1. osa", "&amp; !"]
)
def test_a_subject_that_is_typed_apart_reads_as_it_was_typed(subject):
    letter = read(compose(subject, "# A heading of the text\n\nEnd."))
    assert letter.subject == subject
    assert letter.text == "A heading of the text\n---------------------\n\nEnd."
