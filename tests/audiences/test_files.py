"""Files as the platforms take them: split by rows and bytes, whole, and nobody else's to read."""

import io
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from clevenio.audiences import handouts
from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream, write, zipped
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import find
from clevenio.errors import Refused
from tests.support.factories import NOW


@pytest.fixture
def limited(database, settings, crowd):
    """Twenty people, and a platform whose limits a marketer's file has set."""
    crowd.many(20)

    def limit(text: str):
        folder = settings.data / "platforms"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "google.toml").write_text(text, encoding="utf-8")
        chosen = platform("google", settings.data)
        with database.session() as session:
            ordered = order(session, settings, chosen, find(session, "all", NOW), actor="command", now=NOW)
            session.commit()
        return handout(database, settings, chosen, ordered.id, now=NOW)

    return limit


def rows(path: Path) -> list[bytes]:
    header, *rest = path.read_bytes().splitlines(keepends=True)
    assert header == b"Email,Phone,First Name,Last Name,Country,Zip\n"
    return rest


@pytest.mark.parametrize("batch", [3, 7, 5000])
@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ("", [20]),
        ("maximum_rows = 8", [7, 7, 6]),
        ("maximum_rows = 10", [10, 10]),
        ("maximum_rows = 20", [20]),
        ("maximum_bytes = 500", [5, 5, 5, 5]),
        ("maximum_bytes = 500\nmaximum_rows = 5", [5, 5, 5, 5]),
        ("maximum_bytes = 307", [3] * 6 + [2]),
    ],
)
def test_a_large_audience_is_split_by_rows_and_bytes(limited, tmp_path, monkeypatch, limits, sizes, batch):
    monkeypatch.setattr(handouts, "BATCH", batch)
    with limited(limits) as ready:
        written = write(ready, tmp_path / "out.csv")
    assert [path.name for path in written] == [
        "out.csv", *(f"out.csv.{number}" for number in range(2, len(sizes) + 1)),
    ]  # fmt: skip
    assert [len(rows(path)) for path in written] == sizes
    everybody = [row for path in written for row in rows(path)]
    assert len(set(everybody)) == 20


def test_the_record_names_each_file(limited, tmp_path, database):
    with limited("maximum_rows = 15") as ready:
        written = write(ready, tmp_path / "out.csv")
    with database.session(write=False) as session:
        files = session.scalars(select(Export.files)).one()
    assert files == [
        {
            "rows": len(rows(path)),
            "bytes": path.stat().st_size,
            "sha256": sha256(path.read_bytes()).hexdigest(),
        }
        for path in written
    ]


@pytest.mark.parametrize("limits", ["maximum_rows = 19", "maximum_bytes = 1000"])
def test_a_single_stream_refuses_what_would_have_to_be_split(limited, limits):
    with limited(limits) as ready, pytest.raises(Refused):
        next(stream(ready))


@pytest.mark.parametrize("limits", ["maximum_rows = 20", "maximum_bytes = 100000"])
def test_a_single_stream_takes_what_just_fits(limited, limits):
    with limited(limits) as ready:
        assert b"".join(stream(ready)).count(b"\n") == 21


@pytest.mark.parametrize("batch", [3, 5000])
@pytest.mark.parametrize("limits", ["maximum_rows = 8", "maximum_bytes = 1000", ""])
def test_an_archive_holds_the_files_that_a_command_would_write(
    limited, tmp_path, monkeypatch, database, limits, batch
):
    monkeypatch.setattr(handouts, "BATCH", batch)
    with limited(limits) as ready:
        written = [path.read_bytes() for path in write(ready, tmp_path / "out.csv")]
    with limited(limits) as ready:
        chunks = list(zipped(ready, "audience"))
    with ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"audience-{number}.csv" for number in range(1, len(written) + 1)]
        assert [archive.read(name) for name in archive.namelist()] == written
    with database.session(write=False) as session:
        files = session.scalars(select(Export.files).order_by(Export.id.desc())).first()
    assert [each["sha256"] for each in files] == [sha256(content).hexdigest() for content in written]


def test_a_file_is_its_owners_alone(limited, tmp_path):
    with limited("") as ready:
        (path,) = write(ready, tmp_path / "out.csv")
    assert path.stat().st_mode & 0o777 == 0o600


def test_yesterdays_second_half_is_removed(limited, tmp_path):
    for name in ("out.csv", "out.csv.2", "out.csv.3", "out.csv.5"):
        (tmp_path / name).write_text("yesterday")
    with limited("maximum_rows = 15") as ready:
        write(ready, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.glob("out.csv*")) == ["out.csv", "out.csv.2", "out.csv.5"]


def test_half_a_file_does_not_stay(limited, tmp_path, monkeypatch):
    monkeypatch.setattr(handouts, "BATCH", 5)
    with limited("maximum_rows = 8") as ready:
        batches = ready.batches

        def broken():
            for number, lines in enumerate(batches()):
                if number == 2:
                    raise OSError(28, "No space left on device")
                yield lines

        monkeypatch.setattr(ready, "batches", broken)
        with pytest.raises(Refused, match="No space left"):
            write(ready, tmp_path / "out.csv")
    assert list(tmp_path.glob("out.csv*")) == []


def test_a_file_that_was_readable_by_all_is_its_owners_alone_now(limited, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("yesterday")
    path.chmod(0o644)
    with limited("") as ready:
        write(ready, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(rows(path)) == 20


def test_yesterdays_files_stay_where_todays_cannot_be_written(limited, tmp_path, monkeypatch):
    monkeypatch.setattr(handouts, "BATCH", 5)
    folder = tmp_path / "files"
    folder.mkdir()
    yesterday = dict.fromkeys(("out.csv", "out.csv.2", "out.csv.3"), "yesterday")
    for name, content in yesterday.items():
        (folder / name).write_text(content)
    with limited("maximum_rows = 8") as ready:
        batches = ready.batches

        def broken():
            yield from list(batches())[:2]
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(ready, "batches", broken)
        with pytest.raises(Refused, match="No space left"):
            write(ready, folder / "out.csv")
    assert {path.name: path.read_text() for path in folder.iterdir()} == yesterday


def test_rows_stay_in_order_across_files(limited, tmp_path, monkeypatch):
    with limited("") as ready:
        whole = rows(write(ready, tmp_path / "whole.csv")[0])
    with limited("maximum_rows = 6") as ready:
        split = [row for path in write(ready, tmp_path / "split.csv") for row in rows(path)]
    assert split == whole
    assert all(before != after for before, after in pairwise(whole))
