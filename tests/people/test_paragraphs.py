import pytest

from clevenio.errors import BadInput
from clevenio.people.text import paragraphs


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("One\r\nTwo\rThree\nFour", "One\nTwo\nThree\nFour"),
        ("  One  \n\n Two\t\n", "One\n\n Two"),
        ("A\u200bino a\u0308iti", "Aino äiti"),
        ("\n \n", ""),
    ],
)
def test_lines_are_tidied_and_kept(typed, stored):
    assert paragraphs(typed, 100) == stored
    assert paragraphs(stored, 100) == stored


@pytest.mark.parametrize("typed", ["a\x00b", "a\x1bb", "a\x7fb", "a\ud800b"])
def test_control_characters_are_refused(typed):
    with pytest.raises(BadInput) as refused:
        paragraphs(typed, 100)
    assert refused.value.values["reason"] == "control"


def test_length_counts_what_would_be_stored():
    assert paragraphs(" " + "x" * 10 + "\r\n", 10) == "x" * 10
    with pytest.raises(BadInput) as refused:
        paragraphs("x" * 11, 10)
    assert refused.value.values["longest"] == 10
