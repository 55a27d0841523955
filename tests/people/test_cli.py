"""`clevenio people import`, as somebody at a terminal or a script meets it."""

import json

import pytest

from tests.support.made_up_people import FILE


@pytest.fixture
def backend():
    """The words are the same on each."""
    return "sqlite"


GOOD = "email,consent,consent_at,consent_source,consent_wording\nkukka@example.com,newsletter,2026-05-31,form,You may share my name.\n"


@pytest.fixture
def run(app, tmp_path):
    """`run("--json", content=...)` -> the result of the command on a file with this content."""

    def run(*options, content=GOOD):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return app.test_cli_runner(catch_exceptions=True).invoke(
            args=["people", "import", str(path), *options]
        )

    return run


def test_a_person_reads_counts_reasons_and_what_each_wording_lists(run):
    result = run(content=GOOD + "nobody,,,,\n")
    assert result.exit_code == 0
    assert "accepted:" in result.output
    assert "  line 3: email: This is not a complete e-mail address." in result.output
    assert "  1 rows, lists names: “You may share my name.” (form)" in result.output
    assert "nobody" not in result.output


def test_a_machine_reads_json_and_no_progress(run):
    result = run("--json", content=GOOD + "nobody,,,,\n")
    report = json.loads(result.stdout)
    assert result.stderr == ""
    assert (report["accepted"], report["rejected"], report["stored"], report["dry_run"]) == (
        1,
        1,
        True,
        False,
    )
    assert report["rejected_rows"] == [
        {
            "line": 3,
            "column": "email",
            "code": "malformed",
            "reason": "This is not a complete e-mail address. It looks like name@example.com.",
        }
    ]


def test_a_dry_run_stores_nothing_and_says_so(run):
    assert run("--dry-run").output.startswith("Nothing was stored.")
    assert json.loads(run("--json").stdout)["accepted"] == 1


def test_a_file_without_consents_says_which_evidence_it_lacks(run):
    output = run(content="email,consent,consent_at\nkukka@example.com,newsletter,2026-05-01\n").output
    assert "No consent came: the file has no column consent_source, consent_wording." in output


def test_an_export_of_another_program_needs_no_mapping(run):
    content = (
        "uuid,email,name,attributes,status,created_at,updated_at\n1,kukka@example.com,Kukka,{},enabled,,\n"
    )
    assert json.loads(run("--json", content=content).stdout)["accepted"] == 1


def test_a_mapping_names_a_strange_header(run):
    assert run("--map", "Kontakti=email", content="Kontakti\nkukka@example.com\n").exit_code == 0


@pytest.fixture(scope="module")
def command(live_site):
    """`command(content, *options)` -> the finished process, with the exit code of the real program."""

    def command(content, *options):
        path = live_site.data / "people.csv"
        path.write_bytes(content)
        return live_site.run("people", "import", path, *options)

    return command


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        "email\nä@example.com\n".encode("latin-1"),
        b"name\nKukka\n",
        b"email,shoe\n,\n",
        b'email\n"a@\n',
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_and_one_sentence(command, content):
    result = command(content)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("clevenio: ")
    assert result.stderr.count("\n") == 1


def test_a_strict_import_ends_with_1_after_its_report(command):
    result = command(b"email\nnobody\n", "--strict", "--json")
    assert (result.returncode, result.stderr) == (1, "clevenio: Rows were rejected; nothing was stored.\n")
    assert json.loads(result.stdout)["rejected"] == 1


def test_the_thousand_go_in_beside_a_running_site(live_site):
    result = live_site.run("people", "import", FILE, "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["accepted"] == 900
