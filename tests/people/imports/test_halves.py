"""A file is looked at in two halves: where both are whole, so is the file, wherever a quotation stands."""

from random import Random

import pytest

from clevenio.errors import BadInput
from clevenio.people.imports import ahead
from clevenio.people.imports.reading import is_plainly_whole, middle, opened

PIECES = ('"', '"', '""', ",", "\n", "\n", "\r\n", "a", "ä", "b c")


def line_starts(content):
    """Every place at which a line begins, the end among them."""
    return [0, *(at + 1 for at, byte in enumerate(content) if byte == ord("\n"))]


def is_read_to_its_end(path):
    try:
        with opened(path) as table:
            list(table.rows())
    except BadInput:
        return False
    return True


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_whole_in_parts_is_whole(tmp_path, seed, mark):
    chance, path, told = Random(f"{seed}{mark}"), tmp_path / "people.csv", set()
    for _ in range(150):
        text = (
            mark
            + "".join(chance.choices(PIECES, k=chance.randrange(1, 14)))
            + chance.choice(["", "\n", "\n"])
        )
        content = text.encode()
        path.write_bytes(content)
        for start in line_starts(content):
            is_whole = is_plainly_whole(path, 0, start) and is_plainly_whole(path, start)
            told.add(is_whole)
            assert not is_whole or is_read_to_its_end(path)
            assert not is_whole or is_plainly_whole(path)
    assert told == {True, False}


@pytest.mark.parametrize("broken", [b"\xff\n", b"a\0b\n", b'"open\n', b'"a"b\n'])
def test_what_is_broken_in_one_half_is_broken(tmp_path, broken):
    path = tmp_path / "people.csv"
    for content in (b"email\n" + broken + b"x\n" * 9, b"email\n" + b"x\n" * 9 + broken):
        path.write_bytes(content)
        half = middle(path)
        assert content[half - 1 : half] == b"\n"
        assert not (is_plainly_whole(path, 0, half) and is_plainly_whole(path, half))


def test_a_line_begins_behind_the_middle(tmp_path):
    path = tmp_path / "people.csv"
    for content, half in ((b"email\n", 6), (b"email\na\nb\n", 6), (b"email\naino\n", 6), (b"email", 5)):
        path.write_bytes(content)
        assert middle(path) in (half, len(content))


@pytest.mark.parametrize("broken", ["first", "second", None])
def test_a_large_file_that_breaks_off_anywhere_brings_nobody_in(bring, tmp_path, monkeypatch, broken):
    monkeypatch.setattr(ahead, "LARGE", 0)
    lines = [f"kukka{number}@example.com,Kukka" for number in range(40)]
    if broken:
        lines[3 if broken == "first" else 33] += '"'
        lines[3 if broken == "first" else 33] = lines[3 if broken == "first" else 33].replace(",", ',"x"')
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["email,first_name", *lines, ""]), encoding="utf-8")
    if broken:
        with pytest.raises(BadInput):
            bring(path=path)
    else:
        assert bring(path=path).merged == 40
