"""After an erasure no byte of the address is on PostgreSQL's disk: tables, indexes, statistics, the server's log."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, text

from clevenio import rewriting
from clevenio.app import cli
from clevenio.database import Database
from clevenio.health import Verdict
from clevenio.rights import completion, disk, disk_findings
from clevenio.rights.models import State, UnderWay
from tests.rights.disk.conftest import GRANTS, NIGHT, in_folder
from tests.support.factories import NOW


def test_the_address_is_in_no_file_of_the_server(acts, erased, granted, files):
    before = files()
    assert in_folder(before, "base")
    assert in_folder(before, "pg_wal")
    acts.go_on()
    assert files() == []
    assert acts.request(erased).state == State.DONE
    assert acts.history(erased)[-4:] == ["answered", "tables_rewritten", "log_emptied", "done"]
    assert acts.person("stays7@example.com") is not None


def test_a_plain_vacuum_would_leave_it(erased, as_operator, files, acts, granted):
    as_operator("DELETE FROM rights_under_way", "VACUUM", database="site")
    assert in_folder(files(), "base")


@pytest.mark.parametrize("recycle", ["on", "off"])
def test_segments_that_are_put_by_are_written_over(
    acts, erased, granted, files, as_operator, database, recycle
):
    """A server that keeps old segments for later use holds them under the names of segments to come."""
    as_operator(f"ALTER SYSTEM SET wal_recycle = {recycle}", "SELECT pg_reload_conf()")
    as_operator("SELECT pg_switch_wal()", "CHECKPOINT", database="site")
    acts.go_on()
    assert files() == []
    as_operator("ALTER SYSTEM RESET wal_recycle", "SELECT pg_reload_conf()")


def test_without_its_rights_the_log_is_left_and_said_so(acts, erased, files, as_operator):
    acts.go_on()
    found = files()
    assert in_folder(found, "base") == []
    assert in_folder(found, "pg_wal")
    assert acts.request(erased).state == State.DONE
    assert acts.history(erased)[-3:] == ["tables_rewritten", "log_left", "done"]
    as_operator(*GRANTS, database="site")
    # In the next quiet hour, and nothing else is written anew for it.
    acts.go_on(NIGHT)
    assert files() == []
    assert acts.history(erased)[-2:] == ["done", "log_emptied"]


def test_what_somebody_still_sees_is_waited_for(
    acts, erased, granted, database, as_operator, monkeypatch, files
):
    """A snapshot from before makes VACUUM copy the dead rows, too: nothing is said to be clean meanwhile."""
    monkeypatch.setattr(rewriting.rewrite, "__defaults__", (0,))
    reader = create_engine(database.url, isolation_level="REPEATABLE READ")
    with reader.connect() as connection:
        connection.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
        acts.go_on()
        acts.go_on()
        assert acts.request(erased).state == State.OPEN
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    assert files() == []
    reader.dispose()


def test_a_reader_of_another_role_counts_as_well(acts, erased, granted, server, monkeypatch):
    monkeypatch.setattr(rewriting.rewrite, "__defaults__", (0,))
    dump = create_engine(server.set(database="site"), isolation_level="REPEATABLE READ")
    with dump.connect() as connection:
        connection.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
        acts.go_on()
        assert acts.request(erased).state == State.OPEN
    dump.dispose()


def test_a_table_in_use_is_left_for_the_next_time(acts, erased, granted, database, monkeypatch):
    monkeypatch.setattr(rewriting, "LOCK_SECONDS", 0.05)
    other = Database(database.url.render_as_string(hide_password=False))
    with other.session(write=False) as session:
        session.execute(text("LOCK TABLE people IN ACCESS SHARE MODE"))
        report = disk.run(database, NOW)
        assert report.left == ["people"]
        acts.go_on()
        assert acts.request(erased).state == State.OPEN
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    other.close()


def test_large_tables_wait_for_the_quiet_hour(acts, erased, granted, database, monkeypatch):
    monkeypatch.setattr(disk, "SMALL", 0)
    acts.go_on()
    assert acts.request(erased).state == State.OPEN
    with database.session(write=False) as session:
        assert session.get_one(UnderWay, erased).email == ""
    acts.go_on(NIGHT)
    assert acts.request(erased).state == State.DONE


def test_what_is_erased_while_it_runs_waits_for_the_next(acts, relay, erased, granted, database, settings):
    later = acts.ask(acts.customer("kaarlo@example.com"))
    acts.begin(later)
    acts.deliver(relay)
    acts.go_on()
    assert {acts.request(each).state for each in (erased, later)} == {State.DONE}
    third = acts.ask(acts.customer("liisa@example.com"))

    def meanwhile():
        if "erased" in acts.history(third):
            return
        acts.begin(third)
        acts.deliver(relay)
        completion._go_on_with_each(settings, database, NOW)
        with database.session(write=False) as session:
            assert session.get_one(UnderWay, third).forgotten_at is not None

    disk.run(database, NOW, meanwhile)
    with database.session(write=False) as session:
        assert session.get_one(UnderWay, third).rewritten_at is None


def test_the_command_does_it_at_any_hour_and_says_what_it_could_not(
    acts, erased, app, files, as_operator, database, monkeypatch
):
    monkeypatch.setattr(disk, "SMALL", 0)
    acts.go_on()

    def run(*arguments):
        return CliRunner().invoke(
            cli, ["rights", "rewrite", *arguments], obj=ScriptInfo(create_app=lambda: app)
        )

    without = run()
    assert (without.exit_code, "the server's log is not emptied" in without.output) == (1, True)
    assert acts.request(erased).state == State.DONE
    as_operator(*GRANTS, database="site")
    result = run("--json")
    assert result.exit_code == 0
    said = json.loads(result.output)
    assert said["log"] == "emptied"
    assert {row["table"] for row in said["tables"] if row["is_done"]} == {
        *disk.tables(),
        rewriting.STATISTICS,
    }
    assert files() == []


def test_the_page_says_what_is_still_to_come_and_when_it_was(
    acts, erased, granted, monkeypatch, sign_in_staff
):
    monkeypatch.setattr(disk, "SMALL", 0)
    acts.go_on()
    client = sign_in_staff("privacy_officer")
    waiting = client.get(f"/staff/requests/{erased}").text
    assert "large ones in the hour from 4:00" in waiting
    acts.go_on(NIGHT)
    done = client.get(f"/staff/requests/{erased}").text
    assert "large ones in the hour" not in done
    assert "nothing of it is left in it" in done


def test_the_page_says_that_something_is_in_the_way(acts, erased, granted, monkeypatch, sign_in_staff):
    monkeypatch.setattr(disk, "SMALL", 0)
    acts.go_on()
    client = sign_in_staff("privacy_officer")
    # It was erased at the beginning of June, by another clock than the page's.
    for promised, is_told in ((timedelta(days=100_000), False), (disk.PROMISED, True)):
        monkeypatch.setattr(disk, "PROMISED", promised)
        page = client.get(f"/staff/requests/{erased}").text
        assert ("something is in the way" in page) is is_told


def test_names_that_need_it_are_quoted_in_what_the_doctor_has_run(
    database, settings, monkeypatch, acts, erased
):
    monkeypatch.setattr(database, "url", database.url.set(username="clevenio-site"))
    monkeypatch.setattr(rewriting, "may_empty_log", lambda _database: False)
    found = {each.name: each.text for each in disk_findings.examine(settings, database, NOW)}
    assert 'GRANT pg_checkpoint TO "clevenio-site";' in found["pg_wal"]


def test_the_doctor_says_what_waits_too_long_and_what_to_grant_and_set(
    acts, erased, database, settings, as_operator, monkeypatch
):
    def found(now=NOW):
        return {each.name: each for each in disk_findings.examine(settings, database, now)}

    monkeypatch.setattr(disk, "SMALL", 0)
    acts.go_on()
    assert found()["erasures"].verdict is Verdict.GOOD
    late = found(NOW + timedelta(days=4))["erasures"]
    assert (late.verdict, "waited 4 days" in late.text) == (Verdict.WARNING, True)
    assert "GRANT pg_checkpoint TO site" in found()["pg_wal"].text
    assert "log_error_verbosity = terse" in found()["server_log"].text
    as_operator(*GRANTS, "ALTER ROLE site SET log_error_verbosity = terse", database="site")
    database.engine.dispose()
    assert set(found()) == {"erasures"}


def test_what_the_server_keeps_for_others_is_told_of_and_tried_again(
    acts, erased, granted, as_operator, database, settings, files
):
    as_operator("SELECT pg_create_physical_replication_slot('standby', true)")
    acts.go_on()
    assert acts.history(erased)[-2:] == ["log_left", "done"]
    names = [each.name for each in disk_findings.examine(settings, database, NOW + timedelta(days=2))]
    assert "pg_wal" in names
    as_operator("SELECT pg_drop_replication_slot('standby')")
    acts.go_on(NIGHT)
    assert acts.history(erased)[-1] == "log_emptied"
    assert files() == []


class Killed(BaseException):
    """The process ended here."""


def test_a_run_that_was_cut_says_nothing_and_is_made_again(acts, erased, granted, database, files):
    def dies():
        raise Killed

    with pytest.raises(Killed):
        disk.run(database, NOW, dies)
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    assert files() == []


def test_two_workers_at_once_are_one(acts, erased, granted, database):
    with database.engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({rewriting.NUMBER})"))
        connection.commit()
        acts.go_on()
        assert acts.request(erased).state == State.OPEN
        connection.invalidate()
    acts.go_on()
    assert acts.request(erased).state == State.DONE


def test_every_table_is_written_that_names_somebody(database, erased):
    assert {"people", "mails", "rights_under_way", "rights_submissions", "bounces"} <= set(disk.tables())
    assert "audit_entries" not in disk.tables()
