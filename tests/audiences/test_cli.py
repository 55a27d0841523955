"""`clevenio audiences` as people and machines call it: output, files and exit codes."""

import hashlib
import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select

from clevenio import audit
from clevenio.app import cli
from clevenio.audiences import segments
from clevenio.audiences.models import Export
from tests.support.factories import NOW


@pytest.fixture
def run(app, clock):
    def invoke(*arguments: str):
        return CliRunner().invoke(
            cli, ["audiences", *arguments], obj=ScriptInfo(create_app=lambda: app), prog_name="clevenio"
        )

    return invoke


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_all_is_always_listed_and_saved_segments_follow(run, database):
    assert run("list").stdout == "all\n"
    with database.session() as session:
        segments.save(session, "Sales", "the fair", {"role": ["sales"]}, actor="command", now=NOW)
        session.commit()
    assert run("list").stdout == "all\nSales\tthe fair\n"
    assert json.loads(run("list", "--json").stdout)[1] == {
        "name": "Sales",
        "description": "the fair",
        "criteria": {"role": ["sales"]},
    }


def test_a_preview_counts_and_names_nobody(run, crowd):
    crowd.many(11, phone="+358401234567")
    for n in range(10):
        crowd.add(f"silent{n}@example.com", grants="")
    result = run("preview", "--segment", "all", "--platform", "google", "--json")
    assert json.loads(result.stdout) == {
        "segment": "all",
        "platform": "google",
        "matching": 21,
        "rows": 11,
        "rejects": {"no_consent": 10, "restricted": 0, "duplicate": 0, "withheld": 0, "invalid": 0},
        "identifiers": {"email": 11, "phone": 11},
        "minimum": 1,
        "below_minimum": False,
        "serves": True,
        "in_tens": [],
    }
    plain = run("preview", "--segment", "all", "--platform", "google").stdout
    assert "rows in the file" in plain
    assert "example.com" not in plain


def test_a_preview_is_no_more_exact_than_the_page_and_is_remembered_like_it(run, crowd, database):
    crowd.many(24)
    crowd.add("boss@example.com", company="Yksi Oy")
    with database.session() as session:
        segments.save(session, "Without", "", {"not:company": ["Yksi Oy"]}, actor="command", now=NOW)
        session.commit()
    asked = ("--platform", "google")
    everybody = re.findall(r"rows in the file +(.+)", run("preview", "--segment", "all", *asked).stdout)
    without = run("preview", "--segment", "Without", *asked)
    assert everybody == ["25"]
    assert re.findall(r"rows in the file +(.+)", without.stdout) == ["about 20"]
    assert re.findall(r"out: restricted +(.+)", without.stdout) == ["under 10"]
    assert "in tens" in without.stdout
    found = json.loads(run("preview", "--segment", "Without", *asked, "--json").stdout)
    assert (found["matching"], found["rows"], found["below_minimum"]) == (20, 20, False)
    assert found["in_tens"] == ["matching", "rows", "rejects", "identifiers"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_refusal_does_not_say_how_few_there_are(run, crowd, app, settings):
    crowd.many(8)
    app.extensions["clevenio"].settings = replace(settings, audience_minimum_override=None)
    result = run("export", "--segment", "all", "--platform", "google", "--output", "-")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "too few rows: 100 are needed" in result.stderr


def test_an_export_writes_the_file_and_says_nothing_on_standard_output(run, crowd, tmp_path):
    crowd.add("yes@example.com")
    path = tmp_path / "google.csv"
    result = run("export", "--segment", "all", "--platform", "google", "--output", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert path.read_text().splitlines()[1] == sha("yes@example.com") + ",,,,,"


def test_a_hyphen_is_standard_output(run, crowd):
    crowd.add("yes@example.com")
    result = run("export", "--segment", "all", "--platform", "meta", "--output", "-")
    assert result.exit_code == 0
    assert result.stdout == f"email,phone,fn,ln,ct,st,zip,country,madid\n{sha('yes@example.com')},,,,,,,,\n"


def test_the_segment_decides_who_is_in_the_file(run, crowd, database):
    crowd.add("sales@example.com", role="sales")
    crowd.add("owner@example.com", role="owner")
    with database.session() as session:
        segments.save(session, "Sales", "", {"role": ["sales"]}, actor="command", now=NOW)
        session.commit()
    result = run("export", "--segment", "Sales", "--platform", "google", "--output", "-")
    assert sha("sales@example.com") in result.stdout
    assert sha("owner@example.com") not in result.stdout


def test_withdrawals_come_out_as_a_removal_file(run, crowd, tmp_path):
    gone = crowd.add("gone@example.com")
    run("export", "--segment", "all", "--platform", "google", "--output", str(tmp_path / "up.csv"))
    crowd.withdraw(gone)
    result = run("removals", "--platform", "google", "--output", "-")
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, sha("gone@example.com") + ",,,,,")


def test_explain_gives_each_platform_and_the_decisions_behind_it(run, crowd):
    person = crowd.add("Maija@example.com", grants="ad_audiences:google")
    crowd.withdraw(person)
    crowd.grant(person, "ad_audiences:meta")
    found = json.loads(run("explain", "maija@EXAMPLE.com", "--json").stdout)
    answers = {answer["platform"]: answer for answer in found["platforms"]}
    assert [decision["state"] for decision in answers["google"]["decisions"]] == ["granted", "withdrawn"]
    assert (answers["google"]["in"], answers["google"]["reason"]) == (False, "withdrawn")
    assert (answers["meta"]["in"], answers["meta"]["reason"]) == (True, "in")
    assert answers["meta"]["decisions"][-1]["notice"]
    assert answers["linkedin-contacts"]["reason"] == "refused"
    plain = run("explain", "maija@example.com").stdout
    assert "google: Out: the consent was withdrawn." in plain


def test_an_explanation_leaves_an_entry_in_the_trail(run, crowd, other_session, settings):
    person = crowd.add("maija@example.com")
    for options in ((), ("--json",)):
        assert run("explain", "maija@example.com", *options).exit_code == 0
    with other_session() as session:
        entries = session.scalars(select(audit.AuditEntry)).all()
    assert [(entry.actor, entry.action) for entry in entries] == [("command", "audience.explain")] * 2
    assert {entry.subject for entry in entries} == {audit.subject_hash(settings.suppression_key, person.id)}


def test_an_explanation_of_nobody_leaves_an_entry_too(run, other_session):
    assert run("explain", "nobody@example.com").exit_code == 1
    assert run("explain", "nobody").exit_code == 2
    with other_session() as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
    assert (entry.action, entry.subject) == ("audience.explain", None)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "--segment", "nobody", "--platform", "google", "--output", "-"), 1),
        (("export", "--segment", "all", "--platform", "google", "--output", "-"), 1),
        (("export", "--segment", "all", "--platform", "myspace", "--output", "-"), 2),
        (("export", "--segment", "all", "--platform", "google"), 2),
        (("preview", "--segment", "all"), 2),
        (("explain", "nobody@example.com"), 1),
        (("explain", "nobody"), 2),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_goes_wrong_ends_in_one_sentence_and_its_exit_code(run, arguments, code):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_refused_export_leaves_no_file(run, tmp_path):
    path = tmp_path / "google.csv"
    assert run("export", "--segment", "all", "--platform", "google", "--output", str(path)).exit_code == 1
    assert not path.exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_folder_that_is_not_there_is_said_plainly(run, crowd, tmp_path):
    crowd.add("yes@example.com")
    path = tmp_path / "nowhere" / "google.csv"
    result = run("export", "--segment", "all", "--platform", "google", "--output", str(path))
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_link_to_a_file_is_followed_and_stays_a_link(run, crowd, tmp_path):
    crowd.add("yes@example.com")
    (tmp_path / "real.csv").write_text("yesterday")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    assert run("export", "--segment", "all", "--platform", "google", "--output", str(link)).exit_code == 0
    assert link.is_symlink()
    assert sha("yes@example.com") in (tmp_path / "real.csv").read_text()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_no_file_is_not_replaced_by_one(run, crowd):
    crowd.add("yes@example.com")
    result = run("export", "--segment", "all", "--platform", "google", "--output", "/dev/null")
    assert (result.exit_code, "/dev/null is no place" in result.stderr) == (2, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_too_large_for_standard_output_leaves_no_record(run, crowd, settings, database):
    crowd.many(3)
    (settings.data / "platforms").mkdir(parents=True, exist_ok=True)
    (settings.data / "platforms" / "google.toml").write_text("maximum_rows = 2")
    result = run("export", "--segment", "all", "--platform", "google", "--output", "-")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "larger than one file" in result.stderr
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []


def export_to(run, path, *more):
    return run("export", "--segment", "all", "--platform", "google", "--output", str(path), *more)


def test_only_those_who_are_new_go_where_that_is_asked(run, crowd, tmp_path, database):
    crowd.add("early@example.com")
    assert export_to(run, tmp_path / "first.csv").stderr.startswith("File 1: 1 rows in ")
    crowd.add("late@example.com")
    result = export_to(run, tmp_path / "second.csv", "--added")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "second.csv").read_text().splitlines()[1:] == [sha("late@example.com") + ",,,,,"]
    with database.session(write=False) as session:
        found = session.execute(select(Export.is_added_only).order_by(Export.id)).scalars().all()
    assert found == [False, True]
    none_new = export_to(run, tmp_path / "third.csv", "--added")
    assert (none_new.exit_code, (tmp_path / "third.csv").exists()) == (1, False)


def test_a_file_is_listed_and_marked_as_on_its_page(run, crowd, tmp_path, database):
    crowd.add("yes@example.com")
    export_to(run, tmp_path / "up.csv")
    assert "downloaded" in run("files").stdout
    assert run("uploaded", "1", "--on", "2026-06-01").exit_code == 0
    (row,) = json.loads(run("files", "--json").stdout)
    assert row == {
        "number": 1,
        "made": "2026-06-01",
        "kind": "upload",
        "platform": "google",
        "segment": "all",
        "added_only": False,
        "rows": 1,
        "became": "uploaded",
        "reached_on": "2026-06-01",
    }
    with database.session(write=False) as session:
        entry = session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.sequence.desc())).first()
    assert (entry.actor, entry.action) == ("command", "audience.uploaded")
    assert run("discard", "1", "--never-uploaded").exit_code == 1


def test_a_file_is_thrown_away_for_good_once_that_was_said_outright(run, crowd, tmp_path):
    crowd.add("yes@example.com")
    export_to(run, tmp_path / "up.csv")
    assert run("discard", "1").exit_code == 2
    assert run("discard", "1", "--never-uploaded").exit_code == 0
    assert json.loads(run("files", "--json").stdout)[0]["became"] == "thrown_away"
    assert run("uploaded", "1").exit_code == 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("uploaded", "7"), 1),
        (("discard", "7", "--never-uploaded"), 1),
        (("uploaded", "1", "--on", "soon"), 2),
        (("uploaded", "1", "--on", "2026-05-31"), 2),
        (("uploaded", "one"), 2),
        (("uploaded", "9999999999"), 2),
    ],
)
def test_what_cannot_be_marked_is_said_with_its_exit_code(run, crowd, tmp_path, arguments, code):
    crowd.add("yes@example.com")
    export_to(run, tmp_path / "up.csv")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.strip()
