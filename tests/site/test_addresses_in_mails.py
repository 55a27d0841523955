"""Whoever reads a mail can press what it names: no address of a page or of ours stands in a layout as words alone."""

import re
from pathlib import Path

import pytest

from clevenio.settings import Settings

TESTS = Path(__file__).parents[1]
COPIES = sorted(TESTS.rglob("golden/*.html"))


@pytest.mark.parametrize("path", COPIES, ids=lambda path: path.stem)
def test_every_address_of_a_page_and_our_mailbox_is_a_link(path):
    body = path.read_text(encoding="utf-8").partition("<body")[2]
    words = re.sub(r"<a\s.*?</a>|<!--.*?-->|<[^>]*>", " ", body, flags=re.DOTALL)
    assert "http" not in words
    assert Settings.controller_contact not in words


def test_there_are_copies_to_look_at():
    assert len(COPIES) > 100
