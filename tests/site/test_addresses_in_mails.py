"""Whoever reads a mail can press what it names: no address of a page stands in a layout as words alone."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
COPIES = sorted(TESTS.rglob("golden/*.html"))


@pytest.mark.parametrize("path", COPIES, ids=lambda path: path.stem)
def test_every_address_of_a_page_is_a_link(path):
    body = path.read_text(encoding="utf-8").partition("<body")[2]
    words = re.sub(r"<a\s.*?</a>|<!--.*?-->|<[^>]*>", " ", body, flags=re.DOTALL)
    assert "http" not in words


def test_there_are_copies_to_look_at():
    assert len(COPIES) > 100
