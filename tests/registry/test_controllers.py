"""The controllers of an installation's own file, and what is refused in it, by line."""

from datetime import date

import pytest

from clevenio.errors import BadInput
from clevenio.registry import load
from clevenio.registry.controllers import read

ENTRY = """[[controller]]
id = "example"
name = "Example Ltd"
contact = "Example Street 1, Helsinki"
country = "FI"
processing = { fi = "Uutiskirjeen lähettäminen", en = "Sending of a newsletter" }
instructions = { fi = "Sopimus 1/2026", en = "Agreement 1/2026" }
since = 2026-01-01
subprocessors = []
transfers = []
"""


@pytest.fixture
def written(tmp_path):
    """A function that writes the file and reads it."""

    def write(text):
        (tmp_path / "controllers.toml").write_text(text, encoding="utf-8")
        return read(tmp_path, load())

    return write


def test_without_a_file_there_are_none(tmp_path):
    assert read(tmp_path, load()) == {}


def test_a_controller_is_read_with_its_instructions(written):
    [found] = written(ENTRY).values()
    assert (found.name, found.instructions.en, found.since) == (
        "Example Ltd",
        "Agreement 1/2026",
        date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "subprocessors = []",
            'subprocessors = ["nobody"]',
            "line 9: nobody is no processor among the vendors",
        ),
        ("transfers = []", 'transfers = ["US"]', "line 10: safeguard is missing"),
        ("since = 2026-01-01", 'since = "soon"', "line 8: since is a day"),
        ("since = 2026-01-01", "since = 2026-01-01T10:00:00", "line 8: since is a day"),
        ("since = 2026-01-01", "since = 2026-01-01\nuntil = 2025-01-01", "line 9: until is before since"),
        ('name = "Example Ltd"\n', "", "line 1: name is missing"),
        ('country = "FI"', 'country = "Finland"', "a country is two capital letters"),
        ("transfers = []", 'mood = "good"', "mood is not known here"),
        ("[[controller]]", "[[", "controllers.toml: "),
    ],
)
def test_what_is_wrong_is_refused_with_its_line_and_reason(written, old, new, reason):
    assert old in ENTRY
    with pytest.raises(BadInput) as refused:
        written(ENTRY.replace(old, new, 1))
    assert reason in str(refused.value)
