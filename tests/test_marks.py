"""The file of marks: lines that stay until a seal covers them."""

import os
import threading

from clevenio import marks, seals

KEYS = ["newest", "older"]


def contents(path):
    return [each["number"] for each in marks.sound(path, KEYS, "made up")]


def add(path, number, key="newest"):
    marks.add(path, {"number": number}, key, "made up")


def test_a_mark_is_on_the_disk_before_it_counts(tmp_path, monkeypatch):
    synced = []
    syncing = os.fsync

    def sync(handle):
        synced.append(os.fstat(handle).st_ino)
        syncing(handle)

    monkeypatch.setattr(os, "fsync", sync)
    path = tmp_path / "new" / "marks.jsonl"
    add(path, 1)
    assert synced == [path.stat().st_ino, path.parent.stat().st_ino]
    add(path, 2)
    assert synced[2:] == [path.stat().st_ino]


def test_marks_of_every_key_of_the_ring_count_and_no_others(tmp_path):
    path = tmp_path / "marks.jsonl"
    for number, key in enumerate(["newest", "older", "stranger"]):
        add(path, number, key)
    marks.add(path, {"number": 3}, "newest", "another purpose")
    assert contents(path) == [0, 1]
    assert list(marks.unsound(path, KEYS, "made up")) == [
        "line 3 of marks.jsonl was changed",
        "line 4 of marks.jsonl was changed",
    ]


def test_a_torn_last_line_is_none_and_gives_way_to_the_next(tmp_path):
    path = tmp_path / "marks.jsonl"
    add(path, 1)
    add(path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert contents(path) == [1]
    assert list(marks.unsound(path, KEYS, "made up")) == []
    add(path, 3)
    assert contents(path) == [1, 3]
    path.write_bytes(b"x" * 9000)
    add(path, 4)
    assert contents(path) == [4]


def test_a_strangers_line_is_a_finding(tmp_path):
    path = tmp_path / "marks.jsonl"
    path.write_bytes(b"hello\n")
    add(path, 1)
    assert list(marks.unsound(path, KEYS, "made up")) == ["line 1 of marks.jsonl cannot be read"]


def test_only_what_is_done_and_carries_its_signature_is_forgotten(tmp_path):
    path = tmp_path / "marks.jsonl"
    add(path, 1)
    add(path, 2, "stranger")
    add(path, 3)
    marks.forget(path, KEYS, "made up", lambda each: each["number"] < 3)
    assert contents(path) == [3]
    assert len(marks.found(path)) == 2
    marks.forget(tmp_path / "none.jsonl", KEYS, "made up", lambda _each: True)


def test_none_is_lost_while_others_are_forgotten(tmp_path):
    path = tmp_path / "marks.jsonl"
    writers = [
        threading.Thread(target=lambda start=n: [add(path, start + i) for i in range(40)]) for n in (0, 100)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        marks.forget(path, KEYS, "made up", lambda each: each["number"] % 2 == 1)
    marks.forget(path, KEYS, "made up", lambda each: each["number"] % 2 == 1)
    assert sorted(contents(path)) == [*range(0, 40, 2), *range(100, 140, 2)]


def test_a_file_that_cannot_be_read_is_a_finding_and_stops_nobody(tmp_path):
    path = tmp_path / "marks.jsonl"
    path.mkdir()
    assert contents(path) == []
    assert list(marks.unsound(path, KEYS, "made up")) == ["marks.jsonl cannot be read: Is a directory"]
    marks.forget(path, KEYS, "made up", lambda _each: True)


def newest(path):
    return [each.content["number"] for each in marks.newest(path, KEYS, "made up")]


def test_the_newest_are_the_last_sound_ones_whatever_lies_behind_them(tmp_path):
    path = tmp_path / "marks.jsonl"
    assert newest(path) == []
    for number in (1, 3, 2):
        add(path, number)
    assert newest(path) == [1, 3, 2]
    with path.open("ab") as file:
        file.write(b"spoilt\n" * 3000)
        file.write(b"x" * 9000 + b"\n{torn")
    assert newest(path) == [1, 3, 2]
    add(path, 4, "stranger")
    assert newest(path) == [1, 3, 2]
    add(path, 5)
    assert newest(path)[-1] == 5


def test_of_many_marks_the_newest_are_few_and_each_is_whole(tmp_path):
    path = tmp_path / "marks.jsonl"
    lines = [seals.sign({"number": number}, "newest", "made up").line for number in range(500)]
    path.write_bytes(b"".join(lines))
    found = newest(path)
    assert found == list(range(500 - len(found), 500))
    assert 10 < len(found) < 60


def test_of_a_file_that_cannot_be_read_none_is_the_newest(tmp_path):
    assert newest(tmp_path) == []
