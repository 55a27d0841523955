"""A search of a file in pieces finds what a search of the whole does."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clevenio.needles import hold, holds

LETTERS = st.lists(st.sampled_from([b"a", b"b", b"\0", b"\xff"]), max_size=40).map(b"".join)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("needles") / "file"


@given(LETTERS, st.lists(LETTERS.filter(len).map(lambda text: text[:5]), max_size=3), st.integers(1, 9))
@example(b"aaab", [b"ab"], 3)
@example(b"b" * 8 + b"ab", [b"bab", b"b\0"], 1)
def test_a_needle_is_found_wherever_pieces_meet(path, content, needles, piece):
    path.write_bytes(content)
    assert holds(path, needles, piece) == any(needle in content for needle in needles)


def test_it_is_found_in_the_last_bytes_of_a_file_of_many_pieces(path):
    path.write_bytes(b"x" * 3_000_000 + b"person@example.com")
    assert holds(path, [b"nobody@example.com", b"person@example.com"])
    assert not holds(path, [b"person@example.org"])


def test_a_process_of_its_own_searches_and_says_what_it_found(path, tmp_path):
    path.write_bytes(b"x" * 3_000_000 + "päivä@example.com".encode())
    paths = [tmp_path / "none", path]
    assert hold(paths, [b"", "päivä@example.com".encode()])
    assert not hold(paths, [b"nobody@example.com"])
    assert not hold(paths, [])
    with pytest.raises(OSError, match="IsADirectoryError"):
        hold([tmp_path], [b"x"])
