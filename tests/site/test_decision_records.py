"""The decision records, which people refer to by number."""

import re
from pathlib import Path

RECORDS = sorted((Path(__file__).parents[2] / "docs" / "decisions").glob("*.md"))


def test_they_are_numbered_without_a_gap():
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_each_says_its_number_what_was_chosen_and_why():
    for path in RECORDS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert [part for part in parts if part != "Weighed against"] == [
            "Context",
            "Choice",
            "Consequences",
        ], path.name
