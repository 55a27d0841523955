"""A file comes in chunk by chunk: cut off in its middle, and with others at work beside it."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.consent.verification import verify
from clevenio.database import Database
from clevenio.errors import Refused
from clevenio.people.imports import operations as imports
from clevenio.people.imports.merging import Merger
from tests.support.factories import NOW, make_person


def counts(report):
    return {name: count for name, count in report.counts.items() if count}


@pytest.fixture
def killed(database, settings, monkeypatch):
    """`killed(path, 2)`: an import that dies after so many chunks of two rows; what it had settled by then."""

    def killed(path, chunks):
        monkeypatch.setattr(imports, "CHUNK", 2)
        settled = []

        def settle(step):
            if len(settled) == chunks:
                raise PowerCut
            settled.append(step)
            session.commit()

        with database.session() as session, pytest.raises(PowerCut):
            imports.import_people(session, settings, path, now=NOW, settle=settle)
        return settled

    return killed


class PowerCut(Exception):
    pass


def test_an_import_goes_on_after_the_chunk_that_it_was_cut_off_behind(
    bring, killed, proved, people, reachable, other_session, tmp_path
):
    good = [{"email": f"kukka{n}@example.com", **proved("newsletter")} for n in range(7)]
    rows = [good[0], {"email": "nobody"}, *good[1:4], good[0], *good[4:]]
    bring(*rows, is_dry_run=True)
    settled = killed(tmp_path / "people.csv", 2)
    assert [step.through for step in settled] == [2, 5]
    assert len(people()) == 3
    report = bring(path=tmp_path / "people.csv", settled=settled)
    assert counts(report) == {"rows": 9, "accepted": 7, "consents": 7, "rejected": 2}
    assert [note.line for note in report.rejected_rows] == [3, 7]
    assert report.wordings.popitem()[1].rows == 7
    assert len(reachable("newsletter")) == 7
    with other_session() as session:
        assert list(verify(session, tmp_path, ["key"])) == []
        actions = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["people.import_begun", "people.import"]


def test_the_same_file_again_brings_in_the_others_without_knowing_of_what_was_settled(
    bring, killed, tmp_path
):
    bring(*[{"email": f"kukka{n}@example.com"} for n in range(5)], is_dry_run=True)
    killed(tmp_path / "people.csv", 1)
    assert counts(bring(path=tmp_path / "people.csv")) == {"rows": 5, "accepted": 3, "unchanged": 2}


def test_a_failure_in_the_last_chunk_stores_nothing(bring, people, other_session, monkeypatch, proved):
    def chunks_then_power_cut(stage, rows):
        if stage == "storing":
            chunks.append(rows)
            if len(chunks) == 3:
                raise PowerCut

    chunks: list[int] = []
    monkeypatch.setattr(imports, "CHUNK", 2)
    rows = [{"email": f"kukka{n}@example.com", **proved("newsletter")} for n in range(6)]
    with pytest.raises(PowerCut):
        bring(*rows, progress=chunks_then_power_cut)
    assert people() == {}
    with other_session() as session:
        assert ledger.position(session) == 0
    assert counts(bring(*rows)) == {"rows": 6, "accepted": 6, "consents": 6}


@pytest.fixture
def interloper(database_url, monkeypatch):
    """`interloper(times)`: somebody else adds a person of the file between a chunk's plan and its writing."""
    write = Merger.write

    def interloper(times):
        left = list(range(times))

        def write_too_late(merger, plan):
            if left:
                other = Database(database_url)
                with other.session() as session:
                    make_person(session, f"kukka{left.pop()}@example.com")
                    session.commit()
                other.close()
            write(merger, plan)

        monkeypatch.setattr(Merger, "write", write_too_late)

    return interloper


KUKAT = [{"email": "havu@example.com"}, *({"email": f"kukka{n}@example.com"} for n in range(3))]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_chunk_whose_people_somebody_adds_meanwhile_is_looked_through_once_more(bring, people, interloper):
    interloper(2)
    assert counts(bring(*KUKAT)) == {"rows": 4, "accepted": 2, "unchanged": 2}
    assert set(people()) == {row["email"] for row in KUKAT}


@pytest.mark.parametrize("backend", ["postgresql"])
def test_people_added_again_and_again_meanwhile_stop_the_import_with_one_sentence(bring, people, interloper):
    interloper(3)
    with pytest.raises(Refused, match="Try again"):
        bring(*KUKAT)
    assert set(people()) == {f"kukka{n}@example.com" for n in range(3)}
