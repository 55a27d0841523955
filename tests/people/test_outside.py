"""Erasures and suppressions stand outside the database from the moment they are committed."""

import pytest

from clevenio import marks
from clevenio.migrations import upgrade
from clevenio.people import erasures, outside, suppression
from clevenio.people.erasures import Ground
from tests.support.factories import NOW

KEYS = ["a-key"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def kept(folder):
    """What a file says, oldest first, without its signatures."""

    def kept(name):
        sound = marks.sound(folder / f"{name}.jsonl", KEYS, outside.PURPOSE)
        return [{name: each[name] for name in each if name != "key"} for each in sound]

    return kept


@pytest.fixture
def followed(database, folder):
    database.follow(suppression.FOLLOWED_AS, lambda: outside.keep(database, folder, KEYS))
    return database


def object_to(database, *keys, scope="all"):
    with database.session() as session:
        for key in keys:
            suppression.suppress(session, key, "email", scope, "objection", NOW)
        session.commit()


def test_each_commit_adds_its_rows(followed, kept):
    object_to(followed, "a", "b")
    object_to(followed, "c", scope="newsletter")
    assert [(each["row"], each["of"], each["scope"]) for each in kept("suppressions")] == [
        (1, "a", "all"),
        (2, "b", "all"),
        (3, "c", "newsletter"),
    ]


def test_an_erasure_and_a_return_are_both_there(followed, kept):
    with followed.session() as session:
        erasures.add(session, "a", "email", Ground.REQUEST, NOW)
        session.commit()
    with followed.session() as session:
        erasures.come_back(session, "a", NOW)
        session.commit()
    assert [(each["of"], each["lifted"]) for each in kept("erasures")] == [("a", False), ("a", True)]


def test_what_was_rolled_back_is_not(followed, kept):
    with followed.session() as session:
        suppression.suppress(session, "a", "email", "all", "objection", NOW)
        session.flush()
        session.rollback()
    assert kept("suppressions") == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_folder_that_takes_nothing_holds_nobody_up_and_is_made_up_for(followed, folder, kept, caplog):
    folder.write_text("no folder")
    object_to(followed, "a")
    assert "could not be kept outside" in caplog.text
    folder.unlink()
    outside.catch_up(followed, folder, KEYS)
    assert [each["of"] for each in kept("suppressions")] == ["a"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_catching_up_finds_a_row_in_the_middle_and_adds_nothing_twice(database, folder, kept):
    object_to(database, *(f"k{number}" for number in range(60)))
    outside.catch_up(database, folder, KEYS)
    lines = (folder / "suppressions.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "suppressions.jsonl").write_bytes(b"".join(lines[:10] + lines[11:]))
    outside.catch_up(database, folder, KEYS)
    outside.catch_up(database, folder, KEYS)
    assert sorted(each["row"] for each in kept("suppressions")) == list(range(1, 61))


def test_a_number_that_was_committed_late_is_found_by_the_next(database, folder, kept):
    """PostgreSQL gives numbers out before rows are committed."""
    with database.session() as late:
        if not database.is_sqlite:
            suppression.suppress(late, "late", "email", "all", "objection", NOW)
            late.flush()
        object_to(database, "early")
        outside.keep(database, folder, KEYS)
        if database.is_sqlite:
            suppression.suppress(late, "late", "email", "all", "objection", NOW)
        late.commit()
    outside.keep(database, folder, KEYS)
    assert sorted(each["of"] for each in kept("suppressions")) == ["early", "late"]


def test_a_database_without_them_learns_them_once(followed, folder, empty_database):
    object_to(followed, "a", "b")
    with followed.session() as session:
        erasures.add(session, "a", "email", Ground.REQUEST, NOW)
        erasures.add(session, "p", "phone", Ground.REQUEST, NOW)
        session.commit()
    upgrade(empty_database)
    with empty_database.session() as session:
        first = outside.merge(session, [folder, folder], KEYS)
        second = outside.merge(session, [folder], KEYS)
        session.commit()
    assert (first.erased, first.erasures, first.suppressions) == ({"a"}, 2, 2)
    assert (second.erased, second.erasures, second.suppressions) == (set(), 0, 0)
