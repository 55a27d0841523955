"""What forbids a backup or a restore is said in a sentence, and then nothing has changed."""

import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from clevenio import migrations, seals
from clevenio.backups import archive, snapshots, taking
from clevenio.consent import seals as ledger_seals
from clevenio.database import Database
from clevenio.errors import BadInput, Refused
from clevenio.presence import Presence
from clevenio.settings import Settings
from tests.backups.conftest import KEYS, decisions
from tests.support.factories import NOW, SUPPRESSION_KEY

sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@contextmanager
def refused(elsewhere, words, kind=Refused):
    """The block is refused with these words, and the other place is as empty as it was."""
    with pytest.raises(kind, match=words):
        yield
    settings = Settings.from_env(elsewhere, kept=lambda *_: ("?" * 32,))
    assert {each.name for each in settings.data.glob("*")} <= {"in-use.lock"}
    if "sqlite" not in settings.database_url:
        database = Database(settings.database_url)
        assert migrations.current(database) is None
        database.close()


@pytest.fixture
def archived(people, back_up):
    return back_up()


@sqlite
def test_a_backup_is_not_written_over_another_unless_asked(archived, back_up):
    before = archived.read_bytes()
    with pytest.raises(Refused, match="exists already"):
        back_up()
    assert archived.read_bytes() == before
    back_up(replace=True)
    assert archived.read_bytes() != before


@sqlite
def test_a_backup_that_fails_leaves_no_file_and_the_old_one_whole(archived, back_up, monkeypatch):
    before = archived.read_bytes()
    monkeypatch.setattr(
        archive, "_add", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(Refused, match="No space left on device"):
        back_up(replace=True)
    assert archived.read_bytes() == before
    assert [each.name for each in archived.parent.iterdir() if archived.name in each.name] == [archived.name]


@sqlite
def test_a_backup_of_nothing_is_refused(settings, tmp_path):
    nowhere = Database(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(Refused, match="There is no database at"):
        taking.take(settings, nowhere, tmp_path / "b.tar", NOW, replace=False, with_keys=True)
    assert not (tmp_path / "none.db").exists()


@sqlite
def test_a_folder_that_is_none_is_said(people, back_up, tmp_path):
    with pytest.raises(Refused, match="There is no folder"):
        back_up(tmp_path / "nowhere" / "backup.tar")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_without_the_servers_own_programs_it_says_what_to_install(people, back_up, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="pg_dump is not on this machine"):
        back_up()


@sqlite
@pytest.mark.parametrize("part", [0, 0.001, 0.5, 1])
def test_a_file_that_is_cut_off_is_refused(archived, elsewhere, bring_back, part):
    with tarfile.open(archived) as tar:
        last = tar.getmembers()[-1]
    # What follows the last part is padding.
    archived.write_bytes(archived.read_bytes()[: int((last.offset_data + last.size - 1) * part)])
    with refused(elsewhere, "no backup|damaged|cut off|not as it was", BadInput):
        bring_back(archived, elsewhere)


@sqlite
def test_a_file_with_a_changed_byte_is_refused(archived, elsewhere, bring_back):
    whole = bytearray(archived.read_bytes())
    whole[len(whole) // 2] ^= 1
    archived.write_bytes(whole)
    with refused(elsewhere, "database.sqlite is not as it was written", BadInput):
        bring_back(archived, elsewhere)


@sqlite
def test_another_file_is_no_backup(tmp_path, elsewhere, bring_back):
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(__file__, "readme.txt")
    with refused(elsewhere, "no backup of this program", BadInput):
        bring_back(other, elsewhere)


def rewritten(path, change):
    """The same backup with its list signed anew after a change, as a newer program would have made it."""
    with archive.opened(path) as reader:
        content = {**reader.manifest.content}
        folder = path.parent / "unpacked"
        reader.unpack(folder)
    change(content)
    facts = {name: value for name, value in content.items() if name not in ("parts", "key", "format")}
    archive.write(path, facts, {name: folder / name for name in content["parts"]}, SUPPRESSION_KEY)
    return path


@sqlite
def test_a_newer_schema_is_refused(archived, elsewhere, bring_back):
    with refused(elsewhere, "newer than this program"):
        bring_back(rewritten(archived, lambda content: content.update(schema="9999")), elsewhere)


@sqlite
def test_a_list_that_somebody_else_signed_is_refused(archived, elsewhere, bring_back, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SUPPRESSION_KEY", "x" * 40)
    with refused(elsewhere, "own list was changed", BadInput):
        bring_back(rewritten(archived, lambda _content: None), elsewhere)


@sqlite
@pytest.mark.parametrize("name", ["SUPPRESSION_KEY", "MAIL_KEYS", "SECRET_KEYS"])
def test_other_keys_are_refused_by_name(archived, elsewhere, bring_back, name):
    with refused(elsewhere, f"missing here: CLEVENIO_{name} [0-9a-f]{{8}} "):
        bring_back(archived, {**elsewhere, f"CLEVENIO_{name}": "k" * 40})


@sqlite
def test_a_ring_that_went_on_still_opens_an_older_backup(archived, elsewhere, bring_back, settings):
    rings = {"CLEVENIO_MAIL_KEYS": f"{'n' * 40},{settings.mail_keys[0]}"}
    assert bring_back(archived, {**elsewhere, **rings}).done


@sqlite
def test_a_ring_that_is_kept_in_the_folder_comes_along_whole(
    people, back_up, elsewhere, bring_back, settings
):
    path = settings.data / "keys" / "mail_keys"
    path.write_text(f"{'n' * 40},{settings.mail_keys[0]}")
    ring = Settings.from_env({"CLEVENIO_DATA": str(settings.data)}).mail_keys
    rotated = replace(settings, mail_keys=ring)
    taken = taking.take(
        rotated, Database(settings.database_url), path.with_name("b.tar"), NOW, replace=False, with_keys=True
    )
    assert bring_back(taken.path, elsewhere).settings.mail_keys == ring


@sqlite
def test_keys_that_are_only_named_have_to_be_set(people, back_up, elsewhere, bring_back, settings):
    path = back_up(with_keys=False)
    with tarfile.open(path) as tar:
        assert not [name for name in tar.getnames() if name.startswith("keys/")]
    assert settings.mail_keys[0].encode() not in path.read_bytes()
    with refused(elsewhere, "names the key of CLEVENIO_SECRET_KEYS and does not hold it"):
        bring_back(path, elsewhere)
    keys = {"CLEVENIO_MAIL_KEYS": settings.mail_keys[0], "CLEVENIO_SECRET_KEYS": settings.secret_keys[0]}
    assert bring_back(path, {**elsewhere, **keys}).done


def test_a_place_with_data_is_not_replaced_unless_asked(live, archived, here, bring_back):
    with pytest.raises(Refused, match="There is an installation in"):
        bring_back(archived, here)
    assert decisions(live) == 3


@sqlite
def test_a_place_that_somebody_uses_is_refused(live, archived, here, bring_back, settings):
    site = Presence(settings.data)
    site.share()
    with pytest.raises(Refused, match="is running on"):
        bring_back(archived, here, replace=True)
    site.end()
    assert bring_back(archived, here, replace=True).done


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_database_that_somebody_uses_from_elsewhere_is_refused(live, archived, here, bring_back):
    other = Database(here["CLEVENIO_DATABASE_URL"])
    with other.session(write=False) as session:
        session.connection()
        with pytest.raises(Refused, match="Somebody uses the database"):
            bring_back(archived, here, replace=True)
    other.close()


@pytest.mark.parametrize("backend", ["postgresql"])
def test_somebody_elses_database_of_that_name_is_not_touched(archived, elsewhere, bring_back):
    name = f"{make_url(elsewhere['CLEVENIO_DATABASE_URL']).database}_being_restored"
    engine = create_engine(elsewhere["CLEVENIO_DATABASE_URL"], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    with refused(elsewhere, f"needs the name {name}"):
        bring_back(archived, elsewhere)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_role_that_may_make_no_database_is_told_what_it_lacks(
    archived, elsewhere, bring_back, postgresql_server
):
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE keeper LOGIN PASSWORD 'made-up'")
        try:
            url = make_url(elsewhere["CLEVENIO_DATABASE_URL"]).set(username="keeper", password="made-up")
            poorer = {**elsewhere, "CLEVENIO_DATABASE_URL": url.render_as_string(hide_password=False)}
            with refused(elsewhere, "this role may not: permission denied to create database"):
                bring_back(archived, poorer)
        finally:
            connection.exec_driver_sql("DROP ROLE keeper")
    engine.dispose()


@sqlite
@pytest.mark.parametrize("lacks", ["at", "schema", "keys"])
def test_a_list_that_does_not_say_everything_is_refused(archived, elsewhere, bring_back, lacks):
    with refused(elsewhere, "no backup of this program", BadInput):
        bring_back(rewritten(archived, lambda content: content.pop(lacks)), elsewhere)


@sqlite
def test_a_damaged_database_may_be_replaced(live, archived, here, bring_back):
    live.close()
    Path(str(live.url.database)).write_bytes(b"no database" * 1000)
    with pytest.raises(Refused, match="There is an installation"):
        bring_back(archived, here)
    assert decisions(bring_back(archived, here, replace=True).database) == 3


@sqlite
def test_a_folder_of_seals_that_is_elsewhere_stays_there(
    live, seal, archived, here, bring_back, folder, tmp_path
):
    """It may be shared with another machine."""
    seal()
    shared = folder.rename(tmp_path / "shared")
    folder.symlink_to(shared)
    bring_back(archived, here, replace=True)
    assert folder.is_symlink()
    assert (shared / "restores.jsonl").exists()


@sqlite
def test_a_backup_of_another_kind_of_database_is_refused(archived, elsewhere, bring_back, monkeypatch):
    monkeypatch.setattr(snapshots, "NAMES", {True: "database.pgdump", False: "database.sqlite"})
    with refused(elsewhere, "is of another kind"):
        bring_back(archived, elsewhere)


@sqlite
def test_a_ledger_that_was_tampered_with_before_is_not_restored_in_silence(
    live, people, back_up, elsewhere, bring_back
):
    with live.session() as session:
        connection = session.connection()
        connection.exec_driver_sql("DROP TRIGGER consent_decisions_no_update")
        connection.exec_driver_sql("UPDATE consent_decisions SET state = 'refused' WHERE id = 1")
        session.commit()
    path = back_up()
    with refused(elsewhere, "not whole .*decision 1 was changed"):
        bring_back(path, elsewhere)
    there = bring_back(path, elsewhere, despite_findings=True)
    assert any("decision 1 was changed" in each for each in there.prepared.findings)


@sqlite
def test_a_backup_that_seals_kept_outside_contradict_is_not_restored_in_silence(
    live, people, seal, back_up, elsewhere, bring_back, folder, tmp_path
):
    """Somebody cut the end off and wrote it anew before the backup, seals and marks included."""
    seal()
    kept = shutil.copytree(folder, tmp_path / "kept")
    path = back_up()
    lines = (kept / "consent.jsonl").read_text()
    [sealed] = seals.in_file(kept / ledger_seals.FILE)
    other = seals.sign({**sealed.content, "root": "0" * 64, "at": "2026-06-01T08:00:00+00:00"}, KEYS[0])
    (kept / "consent.jsonl").write_text(lines + other.line.decode())
    with refused(elsewhere, "ledger: the decisions are not those under the seal"):
        bring_back(path, elsewhere, seals=kept)
