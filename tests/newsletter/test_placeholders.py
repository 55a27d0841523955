"""Placeholders: the known are filled in, the unknown are named with their line."""

import pytest

from clevenio.errors import BadInput
from clevenio.i18n import use_language
from clevenio.newsletter import campaigns, placeholders
from clevenio.newsletter.markdown import compose, read
from clevenio.web.errors import say

SAID = {"company": "A & B <Oy>", "topic": "Newsletter"}


def test_what_is_known_is_filled_in_and_escaped_in_the_layout_alone():
    letter = read("# {{ topic }} by {{company}}\n\nFrom {{ company }}.").filled(SAID)
    assert letter.subject == "Newsletter by A & B <Oy>"
    assert letter.text == "From A & B <Oy>."
    assert "From A &amp; B &lt;Oy&gt;." in letter.html


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("one\n\nHello {{ first_name }},", 3, "{{ first_name }}"),
        ("Hello {{company.name}}", 1, "{{company.name}}"),
        ("Hello {{ company", 1, "{{ company"),
        ("Hello company }}", 1, "}}"),
        ("{{}}", 1, "{{}}"),
        ("fine {{ company }}\n{% if x %}", 2, "{% if x %}"),
        ("*|FNAME|*", 1, "*|FNAME|*"),
        ("Hi %recipient.first_name%", 1, "%recipient.first_name%"),
    ],
)
def test_what_nobody_would_fill_in_is_refused_with_its_line(text, line, found):
    assert next(placeholders.unknown(text)) == (line, found)
    with pytest.raises(BadInput, match=f"Line {line}: there is no placeholder"):
        read(compose("Hi", text), first_line=-1)


def test_all_of_them_are_named_with_their_lines_in_the_readers_language():
    text = "Hi {{ first_name }} {{ last_name }},\n\n{{ company }}\n*|FNAME|*"
    with pytest.raises(BadInput) as refused:
        read(compose("Hi", text), first_line=-1)
    named = "ine 1: {{ first_name }}; line 1: {{ last_name }}; line 4: *|FNAME|*. There are {{ company }}"
    assert named in str(refused.value)
    with use_language("fi"):
        assert "rivi 1: {{ first_name }}; rivi 1: {{ last_name }}; rivi 4" in say(refused.value)


def test_of_very_many_the_first_are_named_and_the_others_counted():
    with pytest.raises(BadInput, match=r"line 20: \{\{ x \}\}; and more: 980\."):
        placeholders.check("{{ x }}\n" * 1000)


def test_braces_and_percent_signs_in_plain_words_are_no_placeholders():
    assert list(placeholders.unknown("50% off, {one} or 5 % of *all*\n`a %d b`")) == []


def test_a_placeholder_in_a_subject_is_filled_and_an_unknown_one_refused(settings):
    source = compose("News of {{ company }}", "text")
    assert campaigns.letter(settings, "newsletter", "en", source).subject == "News of Clevenio"
    with pytest.raises(BadInput, match="no placeholder"):
        read(compose("Hello {{ name }}", "text"))


@pytest.mark.parametrize(
    "text",
    ["[x](https://e.fi/{{topic}})", "<https://e.fi/{{topic}}>", "[x](<https://e.fi/{{ company }}>)"],
)
def test_a_links_address_takes_none(text):
    with pytest.raises(BadInput, match="Line 3: a link's address takes no placeholder"):
        read(compose("Hi", f"one\n\n{text}"), first_line=-1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("## News of {{ company }}\n\nEnd.", "News of A & B <Oy>\n------------------\n\nEnd."),
        ("> ## {{ topic }}", "> Newsletter\n> ----------"),
        ("- ## {{topic}} one\n\n  two", "– Newsletter one\n  --------------\n\n  two"),
    ],
)
def test_a_heading_of_the_text_part_is_underlined_as_it_reads(text, shown):
    assert read(compose("Hi", text)).filled(SAID).text == shown
