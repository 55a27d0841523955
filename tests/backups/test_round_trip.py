"""A backup taken while others write holds all that was acknowledged before it, and nothing by halves."""

import json
import tarfile
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import URL, select

from clevenio import audit_sealing, migrations, restorations
from clevenio.audit import AuditEntry
from clevenio.backups import taking, witnesses
from clevenio.consent import ledger, verification
from clevenio.consent.models import Decision
from clevenio.consent.notices import choices_notice
from clevenio.database import Database
from clevenio.mail import Folder
from clevenio.registry import load
from clevenio.registry.vendors import Service
from tests.backups.conftest import KEYS, decisions
from tests.support.factories import NOW, grant, make_person


def decide(database, subject):
    with database.session() as session:
        ledger.record(
            session,
            subject,
            {"analytics": ledger.State.GRANTED},
            channel=ledger.Channel.BANNER,
            language="en",
            notice=choices_notice("en"),
            now=NOW,
        )
        session.commit()


class Writers:
    """Threads that post decisions until told to stop, and remember which were acknowledged."""

    def __init__(self, database, number=3):
        self.acknowledged, self._stop = [], threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(database,)) for _ in range(number)]

    def _run(self, database):
        while not self._stop.is_set():
            subject = uuid4()
            decide(database, subject)
            self.acknowledged.append(subject)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        while len(self.acknowledged) < 20:
            pass
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_under_load_everything_acknowledged_before_is_in_it_and_whole(live, back_up, elsewhere, bring_back):
    with Writers(live) as writers:
        before = list(writers.acknowledged)
        path = back_up()
        during = len(writers.acknowledged)
    assert during > len(before), "nobody wrote while the backup was made"
    there = bring_back(path, elsewhere)
    with there.database.session(write=False) as session:
        subjects = set(session.scalars(select(Decision.subject)))
        assert set(before) <= subjects
        assert list(verification.verify(session, there.settings.data / "seals", KEYS)) == []
        assert list(audit_sealing.verify(session, there.settings.data / "seals", KEYS)) == []


def test_everything_comes_back_where_it_was(live, people, seal, back_up, elsewhere, bring_back, settings):
    seal()
    (settings.data / "platforms").mkdir()
    (settings.data / "platforms" / "google.toml").write_text("[platform]")
    (settings.data / "vendors.toml").write_text('ourselves = ["hosting"]\n')
    Folder(settings.data / "mail").deliver(
        "a@example.com", "b@example.com", b"Subject: x\r\n\r\n", lambda: None
    )
    path = back_up()
    there = bring_back(path, elsewhere)
    assert decisions(there.database) == decisions(live) == 3
    assert (there.settings.data / "platforms" / "google.toml").read_text() == "[platform]"
    assert (there.settings.data / "vendors.toml").read_text() == 'ourselves = ["hosting"]\n'
    assert Service.HOSTING in load().ourselves
    assert len(list((there.settings.data / "mail").glob("*.eml"))) == 1
    assert (there.settings.mail_keys, there.settings.secret_keys) == (
        settings.mail_keys,
        settings.secret_keys,
    )
    assert migrations.current(there.database) == migrations.newest()
    assert not (there.settings.data / ".restore").exists()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_file_says_what_is_in_it_and_is_a_plain_tar(people, back_up):
    with tarfile.open(back_up()) as tar:
        names = tar.getnames()
        listed = json.loads(tar.extractfile("manifest.json").read())
    assert names[0] == "manifest.json"
    assert set(names[1:]) == set(listed["parts"])
    assert listed["schema"] == migrations.newest()
    assert listed["keys"].keys() == {"SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_taking_and_restoring_are_entries_of_the_trail(people, back_up, elsewhere, bring_back):
    there = bring_back(back_up(), elsewhere)
    with there.database.session(write=False) as session:
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert acts[-2:] == ["backup.take", "backup.restore"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_older_schema_is_brought_to_this_programs(settings, elsewhere, bring_back, tmp_path):
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = migrations.configuration()
    with old.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0030")
    path = taking.take(settings, old, tmp_path / "old.tar", NOW, replace=False, with_keys=True).path
    old.close()
    there = bring_back(path, elsewhere)
    assert (there.done.schema_before, there.done.schema) == ("0030", migrations.newest())
    assert migrations.current(there.database) == migrations.newest()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_folder_with_signs_that_addresses_give_a_meaning_to_is_a_folder(settings, tmp_path, live, people):
    folder = tmp_path / "100 % #1?"
    folder.mkdir()
    live.close()
    Path(str(live.url.database)).rename(folder / "clevenio.db")
    moved = Database(str(URL.create("sqlite", database=str(folder / "clevenio.db"))))
    assert taking.take(settings, moved, folder / "b.tar", NOW, replace=False, with_keys=True).size
    moved.close()


def test_what_was_lost_is_said_for_good(live, people, seal, back_up, here, bring_back, folder):
    path = back_up()
    with live.session() as session:
        for _ in range(2):
            grant(session, make_person(session), "newsletter")
        session.commit()
    seal()
    there = bring_back(path, here, replace=True)
    assert (there.prepared.decisions.here, there.prepared.decisions.known) == (3, 5)
    assert there.prepared.decisions.lost == 2
    [note] = restorations.found(folder, KEYS)
    assert "decisions from 4 to 5, which seals and marks outside knew, are not here" in restorations.words(
        note, "decisions"
    )
    with there.database.session(write=False) as session:
        assert witnesses.whole(session, folder, KEYS) == []
    [aside] = folder.glob("before-restore-*")
    assert (aside / "consent.jsonl").exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_second_restore_forgets_neither_the_first_nor_its_evidence(
    live, people, back_up, here, bring_back, folder
):
    path = back_up()
    bring_back(path, here, replace=True)
    there = bring_back(path, here, replace=True, now=NOW.replace(hour=9))
    assert len(restorations.found(folder, KEYS)) == 2
    assert len(list(folder.glob("before-restore-*"))) == 2
    assert there.prepared.findings == ()
